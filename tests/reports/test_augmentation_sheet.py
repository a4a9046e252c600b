import numpy as np
import pytest

from jaguar_mm.reports import augmentation_tiles
from jaguar_mm.reports.augmentation_sheet import DARK, LIGHT, on_checkerboard


def image():
    pixels = np.full((24, 48, 4), 60, np.uint8)
    pixels[..., 3] = 0
    pixels[6:12, 10:20, 3] = 255
    return pixels


def test_the_checkerboard_shows_what_is_transparent():
    shown = on_checkerboard(image())
    np.testing.assert_array_equal(shown[6:12, 10:20], 60)
    shown[6:12, 10:20] = 0
    assert {*np.unique(shown)} == {0, DARK, LIGHT}
    assert [int(value) for value in shown[0, :12, 0]] == [LIGHT] * 4 + [DARK] * 4 + [LIGHT] * 4
    assert [int(value) for value in shown[:12, 0, 0]] == [LIGHT] * 4 + [DARK] * 4 + [LIGHT] * 4
    assert on_checkerboard(np.zeros((1, 1, 4), np.uint8)).item(0) == LIGHT


def test_tiles_in_order():
    views = {'epoch 0: blur': np.zeros((4, 4, 3), np.uint8), 'epoch 1: blur': np.ones((4, 4, 3), np.uint8)}
    tiles = augmentation_tiles('a/very/long/folder/of/images/0001.png', 'Lua', image(), True, views)
    assert [tile.caption for tile in tiles] == ['der/of/images/0001.png', 'Lua', *views]
    np.testing.assert_array_equal(tiles[0].image, image()[..., :3])
    np.testing.assert_array_equal(tiles[1].image, on_checkerboard(image()))
    assert tiles[3].image is views['epoch 1: blur']


@pytest.mark.parametrize(('identity', 'caption'), [('Lua', 'Lua (no alpha)'), (None, 'unknown (no alpha)')])
def test_what_is_not_known_is_said(identity, caption):
    assert augmentation_tiles('a.png', identity, image(), False, {})[1].caption == caption
