import cv2
import numpy as np
import pytest

from jaguar_mm.reports.sheet import CELL, GAP, QUERY, Tile, draw_rows, encode_jpeg, fit, opaque, spread


@pytest.mark.parametrize(
    ('size', 'shape', 'box'),
    [
        ((50, 100), (40, 40), (10, 0, 30, 40)),  # wide
        ((100, 50), (40, 40), (0, 10, 40, 30)),  # high
        ((2, 4), (20, 80), (0, 20, 20, 60)),  # enlarged
        ((1, 900), (20, 90), (9, 0, 10, 90)),  # less than a pixel high
    ],
)
def test_an_image_fits_into_the_middle(size, shape, box):
    fitted = fit(np.full((*size, 3), 7, np.uint8), shape, backdrop=200)
    top, left, bottom, right = box
    expected = np.full((*shape, 3), 200, np.uint8)
    expected[top:bottom, left:right] = 7
    np.testing.assert_array_equal(fitted, expected)


def test_pixels_are_drawn_like_files(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (30, 40, 4), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / 'a.png'), pixels[..., [2, 1, 0, 3]])
    sheets = [draw_rows([[Tile(image, 'a', QUERY)]]) for image in (str(tmp_path / 'a.png'), pixels, opaque(pixels))]
    assert sheets[0].shape == (CELL[0] + GAP, CELL[1] + GAP, 3)
    for sheet in sheets[1:]:
        np.testing.assert_array_equal(sheet, sheets[0])


def test_a_sheet_too_large_for_jpeg_is_refused_and_others_decode():
    sheet = np.zeros((40, 30, 3), np.uint8)
    sheet[..., 0] = 250  # red
    decoded = cv2.imdecode(np.frombuffer(encode_jpeg(sheet), np.uint8), cv2.IMREAD_COLOR)
    assert decoded.shape == sheet.shape
    assert decoded[..., 2].min() > 240
    assert decoded[..., :2].max() < 15
    with pytest.raises(ValueError, match='1 x 65501 pixels is too large'):
        encode_jpeg(np.zeros((65_501, 1, 3), np.uint8))


@pytest.mark.parametrize(('length', 'count'), [(1, 1), (1, 9), (10, 1), (10, 3), (10, 10), (1000, 32)])
def test_indices_are_spread(length, count):
    indices = spread(length, count)
    assert len(indices) == len(set(indices)) == min(length, count)
    assert indices[0] == 0
    assert indices == sorted(indices)
    if count > 1:
        assert indices[-1] == length - 1
        gaps = np.diff(indices)
        assert not len(gaps) or gaps.max() - gaps.min() <= 1
