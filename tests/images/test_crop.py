import numpy as np
import pytest

from jaguar_mm.images.crop import crop_to_mask, mask_box


def image(box, shape=(40, 60), opacity=255):
    left, top, right, bottom = box
    rgba = np.zeros((*shape, 4), np.uint8)
    rgba[..., 0] = np.arange(shape[1])
    rgba[..., 1] = np.arange(shape[0])[:, None]
    rgba[top:bottom, left:right, 3] = opacity
    return rgba


@pytest.mark.parametrize('box', [(10, 5, 30, 25), (0, 0, 60, 40), (59, 39, 60, 40), (0, 0, 1, 1)])
@pytest.mark.parametrize('opacity', [128, 255])
def test_box_is_exact(box, opacity):
    assert mask_box(image(box, opacity=opacity)[..., 3]) == box


def test_faint_pixels_do_not_count():
    rgba = image((10, 5, 30, 25))
    rgba[0, 0, 3] = 127
    assert mask_box(rgba[..., 3]) == (10, 5, 30, 25)


@pytest.mark.parametrize('opacity', [0, 127])
def test_an_empty_mask_is_refused(opacity):
    with pytest.raises(ValueError, match='mask is empty'):
        mask_box(image((10, 5, 30, 25), opacity=opacity)[..., 3])


@pytest.mark.parametrize(
    ('margin', 'columns', 'rows'),
    [(0.0, (10, 30), (5, 25)), (0.1, (8, 32), (3, 27)), (0.5, (0, 40), (0, 35)), (9.0, (0, 60), (0, 40))],
)
def test_margin_is_a_share_of_the_box_and_ends_at_the_edge(margin, columns, rows):
    crop = crop_to_mask(image((10, 5, 30, 25)), margin)
    assert (crop[0, 0, 0], crop[0, -1, 0] + 1) == columns
    assert (crop[0, 0, 1], crop[-1, 0, 1] + 1) == rows
