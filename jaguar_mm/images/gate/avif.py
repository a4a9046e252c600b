"""AVIF files, read without their EXIF: its orientation does not count there, and Pillow refuses EXIF it cannot write.

The file's own ``irot`` and ``imir`` boxes say how the pixels are turned; Pillow gives that as orientation.
"""

from __future__ import annotations

import io
import re
from typing import BinaryIO

from PIL.AvifImagePlugin import AvifImageFile

# An item entry: its version, flags, id (16 bits in version 2, 32 in version 3), protection, and type.
EXIF_ENTRY = re.compile(rb'(infe(?:\x02.{3}.{2}|\x03.{3}.{4})\0\0)Exif', re.DOTALL)
HIDDEN = b'none'  # a type that no decoder knows; items of unknown types are passed over


def open_avif(file: BinaryIO) -> AvifImageFile:
    """Read the header of an AVIF file."""
    boxes, data, rest = file.read().partition(b'mdat')
    return AvifImageFile(io.BytesIO(EXIF_ENTRY.sub(rb'\1' + HIDDEN, boxes) + data + rest))
