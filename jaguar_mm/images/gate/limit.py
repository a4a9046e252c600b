"""How large an image may be, decided from its header before a pixel is decoded."""

from __future__ import annotations

import os

from jaguar_mm.images.gate.error import ImageError

VARIABLE = 'JAGUAR_MM_MAX_MEGAPIXELS'
MEGAPIXELS = 200  # 0.8 GB as 8-bit RGBA
DEEPEST = 8  # bytes a pixel: 16-bit RGBA
METADATA = 64_000_000  # bytes


def pixel_limit() -> int:
    """Return the largest number of pixels that an image may have.

    It is 200 million unless the environment variable ``JAGUAR_MM_MAX_MEGAPIXELS`` says otherwise. Workers inherit it.

    Raises:
        ValueError: If the variable is no positive number.
    """
    text = os.environ.get(VARIABLE, str(MEGAPIXELS))
    try:
        pixels = int(float(text) * 1e6)
    except (ValueError, OverflowError):
        pixels = 0
    if pixels < 1:
        raise ValueError(f'{VARIABLE} must be a positive number of megapixels, not {text!r}')
    return pixels


def check_pixels(width: int, height: int, limit: int) -> None:
    """Refuse an image of more pixels than allowed.

    Raises:
        ImageError: If it is larger, with the way to allow it.
    """
    if width * height > limit:
        raise ImageError(
            f'{width} x {height} pixels are more than the {limit / 1e6:g} megapixels allowed (a decompression bomb?); '
            f'if it is a sound image, set {VARIABLE} to allow it'
        )


def check_bytes(size: int, limit: int) -> None:
    """Refuse a file that is larger than any image of so many pixels needs to be.

    Raises:
        ImageError: If it is larger.
    """
    if size > DEEPEST * limit + METADATA:
        raise ImageError(
            f'{size / 1e6:.0f} MB are more than any image of {limit / 1e6:g} megapixels needs; '
            f'if it is a sound image, set {VARIABLE} to allow it'
        )
