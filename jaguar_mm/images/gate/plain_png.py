"""PNG files of the common kind, 8-bit colour with or without alpha, decoded more than twice as fast as by libpng.

kornia_rs refuses pixels that end early and rows of an unknown filter, but reads neither EXIF nor palettes nor
transparent colours, so whatever is not of the common kind is left to Pillow. Neither compares the sum at the end of the
compressed pixels; the chunks' checksums, which :mod:`~jaguar_mm.images.gate.png_structure` compares, cover every byte.
"""

from __future__ import annotations

import cv2
import kornia_rs.io
import numpy as np

from jaguar_mm.images.gate.png_structure import COLOUR, COLOUR_ALPHA, Header, PngStructure

NOTE = b'maSK'  # of masked images: what they were made of, see jaguar_mm.images.masks.png
# Chunks that change no pixel. Texts are not among them: an orientation may be hidden in them.
HARMLESS = frozenset(
    (b'IHDR', b'IDAT', b'IEND', b'pHYs', b'gAMA', b'cHRM', b'sRGB', b'iCCP', b'sBIT', b'bKGD', b'hIST', b'tIME', NOTE)
)


def is_plain(structure: PngStructure) -> bool:
    """Whether :func:`decode_plain` gives what the careful way gives.

    Args:
        structure: The file's structure, found sound.
    """
    header = structure.header
    common = header.depth == 8 and header.colour in (COLOUR, COLOUR_ALPHA) and not header.interlaced
    return common and structure.kinds <= HARMLESS


def decode_plain(content: bytes, header: Header) -> tuple[np.ndarray, bool]:
    """Decode a plain PNG.

    Args:
        content: The file, its structure sound and plain.
        header: Its header.

    Returns:
        RGBA, uint8 (H, W, 4), and whether the file has an alpha channel; without, it is 255 everywhere.

    Raises:
        Exception: If pixels are missing or damaged; kornia_rs has no type of its own for it.
    """
    has_alpha = header.colour == COLOUR_ALPHA
    mode = 'rgba' if has_alpha else 'rgb'
    pixels = kornia_rs.io.decode_image_png_u8(content, (header.height, header.width), mode)
    return pixels if has_alpha else cv2.cvtColor(pixels, cv2.COLOR_RGB2RGBA), has_alpha
