import numpy as np

from jaguar_mm.synthesis.station import panorama


def test_stations_differ_by_camera_and_seed_only():
    one = panorama(0, 0)
    panorama.cache_clear()
    np.testing.assert_array_equal(panorama(0, 0), one)
    for other in (panorama(0, 1), panorama(1, 0)):
        assert np.abs(one.astype(int) - other).mean() > 5


def test_a_station_is_not_flat_and_cannot_be_changed():
    view = panorama(0, 0)
    assert view.dtype == np.uint8
    assert view.std() > 15
    assert not view.flags.writeable
