"""A JPEG file's markers: an image that lost its end is refused.

JPEG has no checksums: damage inside the compressed pixels that still decodes cannot be told from an image.
"""

from __future__ import annotations

from jaguar_mm.images.gate.error import AGAIN, ImageError

END_OF_IMAGE = b'\xff\xd9'
START_OF_SCAN = 0xDA
NO_SEGMENT = (0x00, 0xFF)  # an escaped and a padding byte


def check_markers(content: bytes) -> None:
    """Refuse a JPEG without an end marker after the start of its first scan.

    An unfinished download may be as long as the whole file, its tail still zeros, and decode without an error. Bytes
    after the end marker are allowed: phones append further images and films.

    Args:
        content: The file, beginning with the start marker.

    Raises:
        ImageError: If there is no scan or no end after it.
    """
    scan = _first_scan(content)
    if scan < 0 or content.find(END_OF_IMAGE, scan) < 0:
        missing = 'pixels' if scan < 0 else 'end marker'
        raise ImageError(f'the JPEG is cut off or damaged: it has no {missing}; {AGAIN}')


def _first_scan(content: bytes) -> int:
    """Return where the first scan's marker is, -1 if there is none; junk between segments is skipped as decoders do."""
    place = content.find(b'\xff', 2)
    while 0 <= place < len(content) - 1 and content[place + 1] != START_OF_SCAN:
        length = int.from_bytes(content[place + 2 : place + 4])  # of the segment, without its marker
        place = content.find(b'\xff', place + (1 if content[place + 1] in NO_SEGMENT else 2 + length))
    return place if place < len(content) - 1 else -1
