"""Turn pixels upright as a file's EXIF orientation says; nothing of the EXIF is written."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import ExifTags
from PIL.ImageFile import ImageFile
from PIL.TiffImagePlugin import TiffImageFile

UPRIGHT = 1
SECTIONS = (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo, ExifTags.IFD.Interop)
# EXIF orientation to what turns pixels (H, W, C) upright; the value tells where the first row and column belong.
TURNS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.swapaxes(0, 1),
    6: lambda pixels: pixels.swapaxes(0, 1)[:, ::-1],
    7: lambda pixels: pixels.swapaxes(0, 1)[::-1, ::-1],
    8: lambda pixels: pixels.swapaxes(0, 1)[::-1],
}


def load_stored(image: ImageFile) -> None:
    """Decode the pixels of an opened file in place, whatever its EXIF holds.

    Pillow reads the sections of a TIFF's EXIF along with its pixels, and turns them; no orientation is left then.
    """
    if isinstance(image, TiffImageFile):
        exif = image.getexif()
        for section in SECTIONS:
            if section in exif:
                del exif[section]
    image.load()


def orientation_of(image: ImageFile) -> int:
    """Return the EXIF orientation of an opened file, 1 to 8.

    It is 1 if the file tells none, or if its EXIF is damaged: the pixels are sound, and all viewers show them so.
    """
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, UPRIGHT)
        return value if value in TURNS else UPRIGHT
    except Exception:  # Pillow raises SyntaxError, struct.error, OSError, ValueError and more at odd EXIF
        return UPRIGHT


def turn_upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Return pixels (H, W, C) as they are meant to be seen, without gaps.

    Args:
        pixels: As they are stored.
        orientation: See :func:`orientation_of`.
    """
    return pixels if orientation == UPRIGHT else np.ascontiguousarray(TURNS[orientation](pixels))
