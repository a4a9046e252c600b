import numpy as np
import pytest
from matplotlib.path import Path

from jaguar_mm.datasets.coco_masks import decode_mask

# Made with pycocotools 2.0.11, mask.encode, of the masks that golden() draws.
GOLDEN = (
    ((4, 5), '532N7'),
    (
        (40, 60),
        '21[21IO^N0F0T10oN0K080n00a10]Mm0000000000000HSO5m03000000000000000000000000000KSOOm060000000JTO0l060000'
        '0000000000000000000k2SO[M050H0N0]10VO0O0k2',
    ),
)


def golden(shape):
    if shape == (4, 5):
        return np.array([[0, 0, 0, 0, 0], [0, 1, 0, 0, 0], [0, 1, 1, 0, 0], [0, 1, 0, 0, 0]], np.uint8)
    mask = noise(40, 60, 0.02, seed=7)
    mask[5:35, 10:50] = 1
    return mask


def runs_of(mask):
    """Run lengths, column by column, from 0 on: written down as COCO's documentation says."""
    runs, last = [0], 0
    for value in mask.T.ravel().tolist():
        if value != last:
            runs.append(0)
            last = value
        runs[-1] += 1
    return runs


def packed(runs):
    """The text of run lengths: differences to the last but one in groups of five bits with a sign."""
    text = ''
    for place, run in enumerate(runs):
        number = run - runs[place - 2] if place > 2 else run
        while True:
            low, number = number & 31, number >> 5
            more = number != (-1 if low & 16 else 0)
            text += chr(48 + low + (32 if more else 0))
            if not more:
                break
    return text


def noise(height, width, share, seed=0):
    return (np.random.default_rng(seed).random((height, width)) < share).astype(np.uint8)


@pytest.mark.parametrize('share', [0.0, 0.01, 0.5, 0.99, 1.0])
@pytest.mark.parametrize('shape', [(1, 1), (1, 7), (40, 3), (120, 170)])
def test_run_lengths_plain_and_packed(shape, share):
    mask = noise(*shape, share)
    for counts in (runs_of(mask), packed(runs_of(mask))):
        decoded = decode_mask({'size': list(shape), 'counts': counts}, *shape)
        assert decoded.dtype == np.uint8
        np.testing.assert_array_equal(decoded, 255 * mask)


@pytest.mark.parametrize(('shape', 'counts'), GOLDEN)
def test_run_lengths_packed_by_another_program(shape, counts):
    decoded = decode_mask({'size': list(shape), 'counts': counts}, *shape)
    np.testing.assert_array_equal(decoded, 255 * golden(shape))


def star(seed, corners):
    random = np.random.default_rng(seed)
    angles = np.sort(random.random(corners)) * 2 * np.pi
    reach = random.uniform(10, 45, corners)
    return np.stack([40 + reach * np.cos(angles), 50 + reach * np.sin(angles)], axis=1)


@pytest.mark.parametrize(('seed', 'corners'), [(0, 3), (1, 4), (2, 9), (3, 40), (4, 200)])
def test_a_polygon_holds_the_pixels_whose_centres_it_holds(seed, corners):
    points = star(seed, corners)
    x, y = np.meshgrid(np.arange(80) + 0.5, np.arange(100) + 0.5)
    expected = Path([*points, points[0]]).contains_points(np.stack([x.ravel(), y.ravel()], 1)).reshape(100, 80)
    np.testing.assert_array_equal(decode_mask([points.ravel().tolist()], 100, 80) == 255, expected)


def test_polygons_are_joined_and_cut_at_the_edge():
    left, right = [-5, -5, 6, -5, 6, 20, -5, 20], [4, 2, 99, 2, 99, 4, 4, 4]
    mask = decode_mask([left, right], 8, 12)
    expected = np.zeros((8, 12), np.uint8)
    expected[:, :6] = expected[2:4, 4:] = 255
    np.testing.assert_array_equal(mask, expected)


@pytest.mark.parametrize(
    ('segmentation', 'message'),
    [
        ([[0, 0, 5, 5]], 'three points'),
        ([[0, 0, 5, 5, 3]], 'three points'),
        ([[0, 0, 5, 5, 3, float('nan')]], 'three points'),
        ([[0, 0, 5, 5, 3, '4']], 'three points'),
        ([[0, 0, 5, 5, 3, 1e12]], 'three points'),
        ([7], 'three points'),
        ({'size': [4, 5]}, 'neither run lengths nor their text'),
        ({'size': [4, 5], 'counts': [-1, 21]}, 'neither run lengths nor their text'),
        ({'size': [4, 5], 'counts': [True, 19]}, 'neither run lengths nor their text'),
        ({'size': [4, 5], 'counts': [20.0]}, 'neither run lengths nor their text'),
        ({'size': [4, 5], 'counts': [19]}, r'size \[4, 5\] has 19 pixels, the image has \[4, 5\]'),
        ({'size': [5, 4], 'counts': [20]}, r'size \[5, 4\]'),
        ({'counts': [20]}, 'size None'),
        ({'size': [4, 5], 'counts': [10**30]}, 'pixels, the image has'),
        ({'size': [4, 5], 'counts': '5 '}, "damaged at ' '"),
        ({'size': [4, 5], 'counts': 'T'}, 'end amid a number'),
        ({'size': [4, 5], 'counts': 'o' * 99}, 'damaged'),
        ({'size': [4, 5], 'counts': '5@'}, 'neither run lengths nor their text'),
    ],
)
def test_a_wrong_segmentation_is_named(segmentation, message):
    with pytest.raises(ValueError, match=message):
        decode_mask(segmentation, 4, 5)
