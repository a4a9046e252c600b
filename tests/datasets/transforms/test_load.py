import numpy as np
import pytest
from PIL import Image

from jaguar_mm.images import ImageError
from jaguar_mm.registry import TRANSFORMS


@pytest.mark.parametrize('channels', [3, 4])
def test_loads_rgba_and_says_whether_there_was_alpha(tmp_path, channels):
    pixels = np.random.default_rng(0).integers(0, 256, (5, 8, channels), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / 'a.png')
    results = TRANSFORMS.build({'type': 'LoadRGBA'})({'img_path': str(tmp_path / 'a.png'), 'image_name': 'a.png'})
    np.testing.assert_array_equal(results['img'][..., :channels], pixels)
    assert results['img'].shape == (5, 8, 4)
    assert results['img_shape'] == results['ori_shape'] == (5, 8)
    assert results['has_alpha'] == (channels == 4)
    assert results['image_name'] == 'a.png'


def test_a_broken_picture_stops_with_its_name(tmp_path):
    (tmp_path / 'broken.png').write_bytes(b'\x89PNG\r\n\x1a\n')
    with pytest.raises(ImageError, match=r'broken\.png'):
        TRANSFORMS.build({'type': 'LoadRGBA'})({'img_path': str(tmp_path / 'broken.png')})
