"""Formats of images that are not read, so that their files can be named instead of passed over."""

from __future__ import annotations

import re
from typing import NamedTuple

from PIL.TiffImagePlugin import TiffImageFile

SUBFILE_TYPE, REDUCED = 0x00FE, 1  # TIFF tag, and its bit for a small version of another image in the file
DNG_VERSION = 0xC612  # TIFF tag


class UnreadFormat(NamedTuple):
    """An image format that is not read.

    Attributes:
        name: What people call it.
        signature: Pattern of its first bytes.
        endings: File name endings that promise it.
    """

    name: str
    signature: re.Pattern[bytes]
    endings: tuple[str, ...]


HEIC = UnreadFormat(
    'HEIC', re.compile(rb'.{4}ftyp(?:he[iv][cmsx]|mif1|msf1)', re.DOTALL), ('.heic', '.heif', '.hif', '.heics')
)
RAW = UnreadFormat(
    "a camera's raw format",
    re.compile(rb'II\*\0\x10\0\0\0CR|.{4}ftypcrx |FUJIFILMCCD-RAW|IIR[OS]|MMOR|IIU\0|FOVb|\0MRM', re.DOTALL),
    (
        *('.3fr', '.arw', '.cr2', '.cr3', '.crw', '.dcr', '.dng', '.erf', '.iiq', '.kdc', '.mef', '.mos', '.mrw'),
        *('.nef', '.nrw', '.orf', '.pef', '.raf', '.raw', '.rw2', '.rwl', '.sr2', '.srf', '.srw', '.x3f'),
    ),
)
UNREAD = (
    HEIC,
    UnreadFormat(
        'JPEG 2000',
        re.compile(rb'\0\0\0\x0cjP  |\xff\x4f\xff\x51'),
        ('.jp2', '.j2k', '.j2c', '.jpc', '.jpf', '.jpx', '.jpm'),
    ),
    UnreadFormat('JPEG XL', re.compile(rb'\xff\x0a|\0\0\0\x0cJXL '), ('.jxl',)),
    UnreadFormat('JPEG XR', re.compile(rb'II\xbc'), ('.jxr', '.wdp', '.hdp')),
    UnreadFormat('Photoshop', re.compile(rb'8BPS'), ('.psd', '.psb')),
    UnreadFormat('OpenEXR', re.compile(rb'\x76\x2f\x31\x01'), ('.exr',)),
    UnreadFormat('PNM', re.compile(rb'P[1-7]\s'), ('.ppm', '.pgm', '.pbm', '.pnm', '.pam')),
    UnreadFormat('TGA', re.compile(rb'(?!)'), ('.tga',)),  # has no signature
    RAW,
)


def recognise_unread(head: bytes) -> UnreadFormat | None:
    """Return the format of a file that begins with these bytes, None if it is none of these."""
    return next((each for each in UNREAD if each.signature.match(head)), None)


def is_raw(image: TiffImageFile) -> bool:
    """Whether an opened TIFF is a camera's raw file (DNG, NEF, ARW and others), whose first image is but a preview."""
    tags = image.tag_v2
    return DNG_VERSION in tags or bool(tags.get(SUBFILE_TYPE, 0) & REDUCED)
