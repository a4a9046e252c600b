"""PNG files of masked images that know what they were made of and by whom, so that they need not be made again.

That stands in a chunk of its own before the pixels. Programs that do not know it skip it, and those that change the
image drop it, as its name tells them to (PNG specification, 5.4: ancillary, private, unsafe to copy).
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from typing import Any

import cv2
import numpy as np

from jaguar_mm.images.gate.plain_png import NOTE

HEAD = 33  # bytes of the signature and the header, after which the chunk stands
END = b'\0\0\0\0IEND\xaeB`\x82'  # the last chunk of every PNG
COMPRESSION = 1  # of 9; more makes photographs hardly smaller and takes several times as long


def encode_png(rgba: np.ndarray, note: dict[str, Any]) -> bytes:
    """Return the content of a PNG file.

    Args:
        rgba: uint8 (H, W, 4); the colours under alpha = 0 are kept.
        note: What to remember, as JSON can hold it.
    """
    bgra = cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA)
    content = cv2.imencode('.png', bgra, [cv2.IMWRITE_PNG_COMPRESSION, COMPRESSION])[1].tobytes()
    body = NOTE + json.dumps(note).encode()
    chunk = struct.pack('>I', len(body) - len(NOTE)) + body + struct.pack('>I', zlib.crc32(body))
    return content[:HEAD] + chunk + content[HEAD:]


def note_of(path: str | os.PathLike) -> dict[str, Any]:
    """Return what :func:`encode_png` was told to remember; empty if the file is absent, cut, or has none."""
    try:
        with open(path, 'rb') as file:
            file.seek(-len(END), os.SEEK_END)
            if file.read() != END:
                return {}
            file.seek(HEAD)
            length, kind = struct.unpack('>I4s', file.read(8))
            body = file.read(length) if kind == NOTE else b''
            checksum = file.read(4)
    except (OSError, struct.error):
        return {}
    return json.loads(body) if body and struct.pack('>I', zlib.crc32(NOTE + body)) == checksum else {}
