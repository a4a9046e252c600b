import numpy as np
import pytest

from jaguar_mm.images import ImageError
from jaguar_mm.registry import TRANSFORMS


def results(opaque, has_alpha=True):
    img = np.random.default_rng(0).integers(0, 256, (20, 30, 4), dtype=np.uint8)
    img[..., 3] = 0
    img[opaque] = 255
    return {'img': img, 'img_shape': (20, 30), 'ori_shape': (20, 30), 'has_alpha': has_alpha, 'img_path': 'lua.png'}


def test_crops_to_the_mask_with_a_margin():
    before = results(np.s_[4:14, 5:25])
    after = TRANSFORMS.build({'type': 'CropToMask', 'margin': 0.1})(before)
    np.testing.assert_array_equal(after['img'], before['img'][3:15, 3:27])
    assert after['img_shape'] == (12, 24)
    assert after['ori_shape'] == (20, 30)


def test_an_image_without_alpha_stays_whole():
    after = TRANSFORMS.build({'type': 'CropToMask'})(results(np.s_[:], has_alpha=False))
    assert after['img'].shape == (20, 30, 4)


def test_an_empty_mask_is_refused_by_name():
    with pytest.raises(ImageError, match=r'lua\.png: the mask is empty'):
        TRANSFORMS.build({'type': 'CropToMask'})(results(np.s_[:0]))
