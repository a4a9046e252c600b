import zlib

import numpy as np
import pytest

from jaguar_mm.images import ImageError
from jaguar_mm.images.gate.png_structure import Header, read_structure
from tests.images.gate.png_files import CHANNELS, KINDS, SIGNATURE, chunk, header, passes, rows


@pytest.mark.parametrize('interlaced', [0, 1])
@pytest.mark.parametrize(('colour', 'depth'), KINDS)
def test_the_length_of_the_pixels_is_predicted(colour, depth, interlaced):
    for height in range(1, 10):
        for width in (1, 2, 3, 4, 5, 8, 9, 33):
            values = np.zeros((height, width, CHANNELS[colour]), int)
            parts = passes(values) if interlaced else [values]
            length = sum(len(rows(part, depth)) for part in parts)
            assert Header(width, height, depth, colour, 0, 0, interlaced).raw_length == length


@pytest.mark.parametrize(
    'wrong',
    [
        {'width': 0},
        {'height': 0},
        {'width': 2**31},
        {'depth': 3},
        {'depth': 4},
        {'colour': 1},
        {'colour': 5},
        {'compression': 1},
        {'filtering': 1},
        {'interlaced': 2},
    ],
)
def test_headers_that_no_png_can_have_are_refused(wrong):
    fields = {'width': 4, 'height': 4} | wrong
    content = SIGNATURE + header(**fields) + chunk(b'IDAT', zlib.compress(bytes(68))) + chunk(b'IEND')
    with pytest.raises(ImageError, match='the PNG says'):
        read_structure(content)


@pytest.mark.parametrize(
    ('chunks', 'message'),
    [
        ([], 'cut off'),
        ([chunk(b'IEND')], "begins with 'IEND'"),
        ([chunk(b'IHDR', bytes(12)), chunk(b'IEND')], 'begins with .* of 12 bytes'),
        ([chunk(b'CgBI', bytes(4)), header(1, 1), chunk(b'IEND')], "begins with 'CgBI'"),
        ([header(1, 1), chunk(b'IEND')], 'no pixels'),
        ([header(1, 1), header(1, 1), chunk(b'IEND')], "repeated chunk 'IHDR'"),
        ([header(1, 1), chunk(b'IDAT'), chunk(b'tRNS'), chunk(b'IEND')], "misplaced or repeated chunk 'tRNS'"),
        ([header(1, 1), chunk(b'IDAT')], 'cut off'),
        ([header(1, 1), b'\xff\xff\xff\xffIDAT', bytes(99)], 'cut off'),
        ([header(1, 1), chunk(b'IDAT')[:-1] + b'\0'], "wrong checksum of chunk 'IDAT' at byte 33"),
    ],
)
def test_chunks_in_disorder_are_refused(chunks, message):
    with pytest.raises(ImageError, match=message):
        read_structure(SIGNATURE + b''.join(chunks))
