"""Masks as COCO files write them: polygons, or run lengths (RLE), plain or packed into text.

Own code, as it is short and the file is not trusted: a wrong length is named before anything is allocated for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

FURTHEST = 1e6  # pixels from the origin at which a position can lie


def decode_mask(segmentation: Sequence | Mapping, height: int, width: int) -> np.ndarray:
    """Return the mask of one animal.

    Args:
        segmentation: Polygons, each ``[x, y, x, y, ...]``, whose union it is; or RLE with ``size`` and ``counts``.
        height: Of the image, in pixels.
        width: Likewise.

    Returns:
        uint8 (H, W), 255 where the animal is and 0 elsewhere.

    Raises:
        ValueError: If it is no such segmentation or does not fit the image.
    """
    if isinstance(segmentation, Mapping):
        return _decode_runs(segmentation, height, width)
    mask = np.zeros((height, width), np.uint8)
    for polygon in segmentation:
        mask |= _filled(polygon_points(polygon), height, width)
    return mask


def polygon_points(polygon: Sequence[float]) -> np.ndarray:
    """Return the corners of a polygon, float64 (P, 2).

    Raises:
        ValueError: If it has fewer than three, or one of them cannot be in an image.
    """
    if not isinstance(polygon, list) or len(polygon) < 6 or len(polygon) % 2 or not all(map(is_position, polygon)):
        raise ValueError(f'its polygon {str(polygon)[:60]} is no list [x, y, x, y, ...] of three points and more')
    return np.array(polygon, float).reshape(-1, 2)


def is_position(value: object) -> bool:
    """Whether something is a number that can be a coordinate in an image; NaN is none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= FURTHEST


def _filled(points: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return the mask of the pixels whose centres lie inside a polygon (P, 2), by the even-odd rule.

    OpenCV's ``fillPoly`` draws the outline too, which makes every animal half a pixel larger all around.
    """
    flips = np.zeros((height, width + 1), np.uint8)  # where a row, read from the left, enters or leaves the polygon
    for (x, y), (next_x, next_y) in zip(points, np.roll(points, -1, axis=0), strict=True):
        first, last = np.clip(np.ceil(np.array(sorted((y, next_y))) - 0.5), 0, height).astype(int)
        rows = np.arange(first, last)
        if len(rows):
            crossings = x + (rows + 0.5 - y) * (next_x - x) / (next_y - y)
            flips[rows, np.clip(np.ceil(crossings - 0.5), 0, width).astype(int)] ^= 255
    return np.bitwise_xor.accumulate(flips[:, :width], axis=1)


def _decode_runs(segmentation: Mapping, height: int, width: int) -> np.ndarray:
    """Return the mask of runs of 0 and 1 in turns, column by column."""
    counts = segmentation.get('counts')
    runs = _unpacked(counts) if isinstance(counts, str) else counts
    if not isinstance(runs, list) or not all(type(run) is int and run >= 0 for run in runs):
        raise ValueError('the counts of its RLE are neither run lengths nor their text')
    if segmentation.get('size') != [height, width] or sum(runs) != height * width:
        raise ValueError(
            f'its RLE of size {segmentation.get("size")} has {sum(runs)} pixels, the image has [{height}, {width}]'
        )
    values = np.arange(len(runs)) % 2 * 255
    return np.ascontiguousarray(np.repeat(values.astype(np.uint8), runs).reshape(width, height).T)


def _unpacked(text: str) -> list[int]:
    """Return the run lengths that a text packs.

    Each character holds five bits of a number, the lowest ones first, and whether more follow; from the fourth number
    on it is the difference to the last but one.

    Raises:
        ValueError: If a character cannot occur, or the text ends amid a number.
    """
    runs: list[int] = []
    number = shift = 0
    for character in text:
        bits = ord(character) - ord('0')
        if not 0 <= bits < 64 or shift > 30:
            raise ValueError(f'the counts of its RLE are damaged at {character!r}')
        number |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        if bits & 16:
            number -= 1 << shift
        runs.append(number + (runs[-2] if len(runs) > 2 else 0))
        number = shift = 0
    if shift:
        raise ValueError('the counts of its RLE end amid a number')
    return runs
