"""EXIF and TIFF files written by hand, so that tags may be as odd as those of real cameras and editors."""

import struct

ORIENTATION, EXIF_SECTION, GPS_SECTION = 0x0112, 0x8769, 0x8825
BYTE, ASCII, SHORT, LONG, RATIONAL, SIGNED_SHORT, SIGNED_LONG, FLOAT, DOUBLE = 1, 2, 3, 4, 5, 8, 9, 11, 12


def entry(tag, kind, count, value):
    """One tag; ``value`` is its four bytes, or a number for them."""
    return tag, kind, count, value if isinstance(value, bytes) else struct.pack('<I', value)


ODD = {
    'a float where a short belongs': entry(0x0100, FLOAT, 1, struct.pack('<f', 1.5)),
    'a double off the end': entry(0x0128, DOUBLE, 1, 8),
    'a number too large for its tag': entry(0x0103, LONG, 1, 70_000),
    'a negative number in an unsigned tag': entry(0x011C, SIGNED_SHORT, 1, struct.pack('<hh', -1, 0)),
    'a rational off the end': entry(0x011A, RATIONAL, 1, 9999),
    'an unknown type': entry(0x9000, 77, 1, b'abcd'),
    'a section before the beginning': entry(EXIF_SECTION, SIGNED_LONG, 1, struct.pack('<i', -5)),
    'a section off the end': entry(GPS_SECTION, LONG, 1, 99_999),
    'a section that is a text': entry(EXIF_SECTION, ASCII, 4, b'abc\0'),
    'bytes in a text': entry(0x010F, 7, 4, b'\xff\xfe\0\1'),
}


def directory(entries, start=8):
    """The header of a TIFF and its only directory, which lies at ``start``; between them is room."""
    body = struct.pack('<H', len(entries)) + b''.join(struct.pack('<HHI', *each[:3]) + each[3] for each in entries)
    return b'II*\0' + struct.pack('<I', start), body + struct.pack('<I', 0)


def exif(orientation, *others):
    """An EXIF block."""
    return b'Exif\0\0' + b''.join(directory(sorted([entry(ORIENTATION, SHORT, 1, orientation), *others])))


def tiff(pixels, *others):
    """An uncompressed TIFF of RGB pixels (H, W, 3) with further tags, which take the place of its own."""
    height, width = pixels.shape[:2]
    data = pixels.tobytes() + b'\0' * (pixels.size % 2)
    values = {0x0100: width, 0x0101: height, 0x0102: 8, 0x0103: 1, 0x0106: 2, 0x0111: 8}
    values |= {0x0115: 3, 0x0116: height, 0x0117: pixels.size}
    own = [entry(tag, LONG, 1, value) for tag, value in values.items() if tag not in [other[0] for other in others]]
    header, body = directory(sorted([*own, *others]), 8 + len(data))
    return header + data + body
