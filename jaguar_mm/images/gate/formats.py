"""The image formats that are read, known by the first bytes of their content and never by a file's name."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import BinaryIO, NamedTuple

from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from jaguar_mm.images.gate.avif import open_avif

HEAD = 64  # bytes that tell a format


class Format(NamedTuple):
    """An image format.

    Attributes:
        name: What people call it.
        signature: Pattern of its first bytes.
        endings: File name endings that promise it.
        open: Pillow's reader of its header. Called directly, it applies no pixel limit of Pillow's own.
    """

    name: str
    signature: re.Pattern[bytes]
    endings: tuple[str, ...]
    open: Callable[[BinaryIO], ImageFile]


PNG = Format('PNG', re.compile(rb'\x89PNG\r\n\x1a\n'), ('.png', '.apng'), PngImageFile)
JPEG = Format('JPEG', re.compile(rb'\xff\xd8\xff'), ('.jpg', '.jpeg', '.jpe', '.jfif'), JpegImageFile)
WEBP = Format('WebP', re.compile(rb'RIFF.{4}WEBP', re.DOTALL), ('.webp',), WebPImageFile)
TIFF = Format('TIFF', re.compile(rb'II[*+]\0|MM\0[*+]'), ('.tif', '.tiff'), TiffImageFile)
BMP = Format('BMP', re.compile(rb'BM'), ('.bmp', '.dib'), BmpImageFile)
GIF = Format('GIF', re.compile(rb'GIF8[79]a'), ('.gif',), GifImageFile)
# The brand of an AVIF may be a general one, with its own among the compatible ones that follow.
AVIF = Format(
    'AVIF',
    re.compile(rb'.{4}ftyp(?:avi[fs]|(?:mif1|msf1).{4}(?:.{4}){0,11}?avi[fs])', re.DOTALL),
    ('.avif', '.avifs'),
    open_avif,
)
FORMATS = (PNG, JPEG, WEBP, TIFF, BMP, GIF, AVIF)


def recognise(head: bytes) -> Format | None:
    """Return the format of a file that begins with these bytes (:data:`HEAD` are enough), None if it has none."""
    return next((known for known in FORMATS if known.signature.match(head)), None)
