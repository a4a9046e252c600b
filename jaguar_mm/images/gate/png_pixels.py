"""Decode a PNG's pixels, none of them missing.

Pillow leaves rows black when the compressed pixels end early, and draws colours that the palette lacks as black.
"""

from __future__ import annotations

import zlib

from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from jaguar_mm.images.gate.error import AGAIN, ImageError
from jaguar_mm.images.gate.png_structure import PngStructure

BLOCK = 1 << 20  # bytes inflated at a time


def load_pixels(image: PngImageFile, structure: PngStructure) -> None:
    """Decode the pixels in place.

    The last row is marked beforehand. Only where the mark is still there afterwards, or where the rows are interlaced,
    are the bytes of the inflated pixels counted: that takes half as long again as decoding.

    Args:
        image: The opened file, nothing of it decoded yet.
        structure: The same file's structure.

    Raises:
        ImageError: If pixels or colours are missing.
    """
    interlaced = structure.header.interlaced
    if not interlaced:
        last_row = (0, image.height - 1, image.width, image.height)
        mark = Image.new(image.mode, (image.width, 1), 1)
        image.load_prepare()
        image.im.paste(mark.im, last_row)
    image.load()
    if interlaced or image.crop(last_row).tobytes() == mark.tobytes():
        _count(structure)
    if image.mode == 'P' and image.getextrema()[1] >= structure.palette:
        raise ImageError(f'the PNG has pixels of colour {image.getextrema()[1]} of {structure.palette}; {AGAIN}')


def _count(structure: PngStructure) -> None:
    """Refuse pixels that inflate to fewer bytes than the header promises."""
    needed, found = structure.header.raw_length, 0
    stream = zlib.decompressobj()
    for block in structure.pixels:
        while block and found < needed:
            found += len(stream.decompress(block, BLOCK))
            block = stream.unconsumed_tail
    if found < needed:
        found += len(stream.flush())
    if found < needed:
        raise ImageError(f'the PNG has only {found} of {needed} bytes of pixels; {AGAIN}')
