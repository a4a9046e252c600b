"""The one gate through which picture files come in: decoded whole and upright, or refused by name."""

from __future__ import annotations

import os
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps

FORMATS = ('PNG', 'JPEG', 'WEBP', 'TIFF', 'BMP', 'GIF')


class ImageError(ValueError):
    """A picture file that cannot be used; the message names the file and says what to do."""


class Picture(NamedTuple):
    """A decoded picture.

    Attributes:
        pixels: uint8 (H, W, 4), channels in RGBA order; alpha is 255 everywhere if the file has none.
        has_alpha: Whether the file itself has an alpha channel or a transparent colour.
    """

    pixels: np.ndarray
    has_alpha: bool


def load_rgba(path: str | os.PathLike) -> Picture:
    """Read a picture file as 8-bit RGBA, recognised by its content and not by its name.

    The EXIF orientation is applied; palettes, grey (also with alpha) and CMYK are converted; of 16 bits the upper
    eight are kept. Of an animated file the first frame is read.

    Args:
        path: The picture file.

    Returns:
        The pixels, and whether the file has an alpha channel.

    Raises:
        ImageError: If the file is absent, truncated, no picture, or of a pixel type without a fixed range.
    """
    try:
        with Image.open(path, formats=FORMATS) as image:
            ImageOps.exif_transpose(image, in_place=True)
            return _to_rgba(image)
    except Exception as error:  # decoders raise OSError, SyntaxError, struct.error, zlib.error and more
        reason = f'{type(error).__name__}: {error}'
        raise ImageError(f'{path}: cannot be read as a picture ({reason}); fetch or export it again') from error


def _to_rgba(image: Image.Image) -> Picture:
    """Convert an opened picture of any pixel type to 8-bit RGBA."""
    if image.mode in ('I', 'F'):
        raise ValueError(f'32-bit grey (mode {image.mode}) has no fixed range')
    if image.mode.startswith('I;16'):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    has_alpha = image.has_transparency_data
    opaque_or_not = image if has_alpha else image.convert('RGB')  # CMYK reaches RGBA only by way of RGB
    return Picture(np.array(opaque_or_not.convert('RGBA')), has_alpha)
