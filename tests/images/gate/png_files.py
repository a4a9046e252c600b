"""Write PNG files byte by byte, sound ones and others, from the specification (ISO/IEC 15948) alone."""

import struct
import zlib

import numpy as np

SIGNATURE = bytes([137, 80, 78, 71, 13, 10, 26, 10])
GREY, COLOUR, PALETTE, GREY_ALPHA, COLOUR_ALPHA = 0, 2, 3, 4, 6
CHANNELS = {GREY: 1, COLOUR: 3, PALETTE: 1, GREY_ALPHA: 2, COLOUR_ALPHA: 4}
KINDS = [(GREY, 1), (GREY, 2), (GREY, 4), (GREY, 8), (GREY, 16), (COLOUR, 8), (COLOUR, 16), (PALETTE, 1), (PALETTE, 2)]
KINDS += [(PALETTE, 4), (PALETTE, 8), (GREY_ALPHA, 8), (GREY_ALPHA, 16), (COLOUR_ALPHA, 8), (COLOUR_ALPHA, 16)]


def chunk(kind, body=b''):
    return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))


def header(width, height, depth=8, colour=COLOUR_ALPHA, compression=0, filtering=0, interlaced=0):
    return chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, depth, colour, compression, filtering, interlaced))


def rows(samples, depth):
    """Filter type 0 and packed samples of every row; samples (H, W, channels)."""
    bits = ((samples[..., None] >> np.arange(depth)[::-1]) & 1).astype(np.uint8)
    packed = np.packbits(bits.reshape(len(samples), -1), axis=1)
    return b''.join(b'\0' + row.tobytes() for row in packed)


def passes(samples):
    """The seven smaller images of an interlaced one, as the specification's 8 x 8 pattern numbers them."""
    pattern = np.array(
        [
            [1, 6, 4, 6, 2, 6, 4, 6],
            [7, 7, 7, 7, 7, 7, 7, 7],
            [5, 6, 5, 6, 5, 6, 5, 6],
            [7, 7, 7, 7, 7, 7, 7, 7],
            [3, 6, 4, 6, 3, 6, 4, 6],
            [7, 7, 7, 7, 7, 7, 7, 7],
            [5, 6, 5, 6, 5, 6, 5, 6],
            [7, 7, 7, 7, 7, 7, 7, 7],
        ]
    )
    height, width = samples.shape[:2]
    numbers = np.tile(pattern, (height // 8 + 1, width // 8 + 1))[:height, :width]
    for number in range(1, 8):
        chosen = numbers == number
        if chosen.any():
            yield samples[chosen.any(1)][:, chosen.any(0)]


def png(samples, depth=8, colour=COLOUR_ALPHA, *, before=(), after=(), interlaced=False, pixels=None):
    """A file; samples (H, W, channels). ``before`` and ``after`` are chunks around the pixels."""
    if pixels is None:
        pixels = b''.join(rows(part, depth) for part in (passes(samples) if interlaced else [samples]))
    height, width = samples.shape[:2]
    start = SIGNATURE + header(width, height, depth, colour, interlaced=int(interlaced))
    return start + b''.join([*before, chunk(b'IDAT', zlib.compress(pixels)), *after, chunk(b'IEND')])
