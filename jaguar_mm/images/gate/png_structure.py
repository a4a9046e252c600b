"""A PNG file's header and chunks, every checksum compared, so that no flipped bit and no missing end goes unnoticed.

Decoders differ in what they let pass: Pillow compares the checksums of all chunks but those that hold the pixels.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from math import ceil
from typing import NamedTuple

from jaguar_mm.images.gate.error import AGAIN, ImageError

SIGNATURE_LENGTH = 8
ONCE_BEFORE_PIXELS = (b'IHDR', b'PLTE', b'tRNS')
GREY, COLOUR, PALETTE, GREY_ALPHA, COLOUR_ALPHA = 0, 2, 3, 4, 6
CHANNELS = {GREY: 1, COLOUR: 3, PALETTE: 1, GREY_ALPHA: 2, COLOUR_ALPHA: 4}
DEPTHS = {GREY: (1, 2, 4, 8, 16), COLOUR: (8, 16), PALETTE: (1, 2, 4, 8), GREY_ALPHA: (8, 16), COLOUR_ALPHA: (8, 16)}
# first column, first row, column step and row step of each pass of an interlaced image
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
WHOLE = ((0, 0, 1, 1),)


class Header(NamedTuple):
    """The fields of IHDR, in the file's order.

    Attributes:
        width: In pixels.
        height: In pixels.
        depth: Bits a channel.
        colour: Colour type.
        compression: 0.
        filtering: 0.
        interlaced: 0 or 1.
    """

    width: int
    height: int
    depth: int
    colour: int
    compression: int
    filtering: int
    interlaced: int

    @property
    def raw_length(self) -> int:
        """Bytes of the uncompressed rows, each with its filter type."""
        total = 0
        for left, top, step_x, step_y in ADAM7 if self.interlaced else WHOLE:
            columns, rows = ceil((self.width - left) / step_x), ceil((self.height - top) / step_y)
            if columns > 0:
                total += max(0, rows) * (1 + ceil(columns * self.depth * CHANNELS[self.colour] / 8))
        return total


class PngStructure(NamedTuple):
    """What a sound PNG file consists of.

    Attributes:
        header: IHDR.
        palette: Number of colours in PLTE, 0 without one.
        pixels: The compressed pixels, one view into the file a chunk.
        kinds: The kinds of all its chunks.
    """

    header: Header
    palette: int
    pixels: list[memoryview]
    kinds: frozenset[bytes]


def read_structure(content: bytes) -> PngStructure:
    """Check a PNG file from its first to its last chunk without decoding a pixel.

    Bytes after the end chunk are allowed; decoders ignore them.

    Args:
        content: The file, beginning with the signature.

    Returns:
        Its header and where its pixels are.

    Raises:
        ImageError: If a chunk is damaged, missing or cut off, or the header says something that no PNG can be.
    """
    chunks = _chunks(content)
    kind, body = next(chunks)
    if kind != b'IHDR' or len(body) != 13:
        raise ImageError(f'the PNG begins with {_shown(kind)} of {len(body)} bytes, not with a header; {AGAIN}')
    header = _checked(Header(*struct.unpack('>IIBBBBB', body)))
    pixels, lengths = [], {kind: len(body)}
    for kind, body in chunks:
        if kind in ONCE_BEFORE_PIXELS and (pixels or kind in lengths):
            raise ImageError(f'the PNG has a misplaced or repeated chunk {_shown(kind)}; {AGAIN}')
        lengths[kind] = len(body)
        if kind == b'IDAT':
            pixels.append(body)
    if not pixels:
        raise ImageError(f'the PNG has no pixels (no IDAT chunk); {AGAIN}')
    if header.colour == PALETTE and b'PLTE' not in lengths:
        raise ImageError(f'the PNG has no palette (no PLTE chunk) though its pixels need one; {AGAIN}')
    if b'tRNS' in lengths and (header.colour, header.depth) in ((GREY, 2), (GREY, 4), (GREY, 16), (COLOUR, 16)):
        raise ImageError(
            f'the PNG has a transparent colour at {header.depth} bits a channel, which is not read exactly; '
            'save it with an alpha channel'
        )
    return PngStructure(header, lengths.get(b'PLTE', 0) // 3, pixels, frozenset(lengths))


def _chunks(content: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Yield kind and body of every chunk up to the end chunk, each with its checksum compared."""
    view, place = memoryview(content), SIGNATURE_LENGTH
    kind = b''
    while kind != b'IEND':
        end = place + 12
        if end <= len(view):
            end += int.from_bytes(view[place : place + 4])
        if end > len(view):
            raise ImageError(f'the PNG is cut off: it ends within the chunk at byte {place} of {len(view)}; {AGAIN}')
        kind = bytes(view[place + 4 : place + 8])
        if zlib.crc32(view[place + 4 : end - 4]) != int.from_bytes(view[end - 4 : end]):
            raise ImageError(f'the PNG is damaged: wrong checksum of chunk {_shown(kind)} at byte {place}; {AGAIN}')
        yield kind, view[place + 8 : end - 4]
        place = end


def _checked(header: Header) -> Header:
    """Return the header if a PNG can have it."""
    if not (0 < header.width < 2**31 and 0 < header.height < 2**31):
        raise ImageError(f'the PNG says it is {header.width} x {header.height} pixels; {AGAIN}')
    known = header.depth in DEPTHS.get(header.colour, ())
    if not known or header.compression or header.filtering or header.interlaced > 1:
        raise ImageError(
            f'the PNG says depth {header.depth}, colour type {header.colour}, compression {header.compression}, '
            f'filter {header.filtering}, interlace {header.interlaced}, which no PNG can be; {AGAIN}'
        )
    return header


def _shown(kind: bytes) -> str:
    return repr(kind.decode('latin-1'))
