import struct
import tracemalloc
import zlib
from contextlib import contextmanager

import cv2
import numpy as np
import pytest

from jaguar_mm.images import ImageError, load_rgba
from tests.images.gate.png_files import (
    CHANNELS,
    COLOUR,
    COLOUR_ALPHA,
    GREY,
    GREY_ALPHA,
    KINDS,
    PALETTE,
    SIGNATURE,
    chunk,
    header,
    passes,
    png,
    rows,
)

RNG = np.random.default_rng(0)
COLOURS = RNG.integers(0, 256, (256, 3), dtype=np.uint8)


def palette(depth):
    return [chunk(b'PLTE', COLOURS[: 2**depth].tobytes())]


def samples(colour, depth, height=9, width=13):
    return RNG.integers(0, 2**depth, (height, width, CHANNELS[colour]))


def expected(values, colour, depth):
    """RGBA by the specification: grey of few bits is spread over the whole range, of 16 bits the upper 8 are kept."""
    if colour == PALETTE:
        return np.dstack([COLOURS[values[..., 0]], np.full(values.shape[:2], 255)])
    scaled = values >> 8 if depth == 16 else values * 255 // (2**depth - 1)
    alpha = scaled[..., -1] if colour in (GREY_ALPHA, COLOUR_ALPHA) else np.full(values.shape[:2], 255)
    return np.dstack([scaled[..., :3] if scaled.shape[2] > 2 else scaled[..., [0, 0, 0]], alpha])


def load(tmp_path, content):
    (tmp_path / 'a.png').write_bytes(content)
    return load_rgba(tmp_path / 'a.png')


@contextmanager
def memory_below(limit):
    """Python's own allocations, what is inflated among them; in bytes."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < limit
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize('interlaced', [False, True])
@pytest.mark.parametrize(('colour', 'depth'), KINDS)
def test_every_pixel_type_is_read_exactly(tmp_path, colour, depth, interlaced):
    values = samples(colour, depth)
    before = palette(depth) if colour == PALETTE else []
    image = load(tmp_path, png(values, depth, colour, before=before, interlaced=interlaced))
    assert image.has_alpha == (colour in (GREY_ALPHA, COLOUR_ALPHA))
    np.testing.assert_array_equal(image.pixels, expected(values, colour, depth))


@pytest.mark.parametrize('shape', [(1, 1), (1, 9), (9, 1), (3, 2), (8, 8), (17, 5)])
@pytest.mark.parametrize('depth', [8, 16])
def test_interlaced_images_of_any_shape_agree_with_libpng(tmp_path, shape, depth):
    values = samples(COLOUR_ALPHA, depth, *shape)
    content = png(values, depth, interlaced=True)
    np.testing.assert_array_equal(load(tmp_path, content).pixels, expected(values, COLOUR_ALPHA, depth))
    libpng = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(libpng[..., [2, 1, 0, 3]], values)


@pytest.mark.parametrize('interlaced', [False, True])
@pytest.mark.parametrize(('colour', 'depth'), KINDS)
@pytest.mark.parametrize('value', [0, 1])
def test_missing_rows_are_refused_never_black(tmp_path, colour, depth, interlaced, value):
    values = np.full((6, 11, CHANNELS[colour]), value)  # also where the missing pixels would be right if drawn black
    parts = passes(values) if interlaced else [values]
    whole = b''.join(rows(part, depth) for part in parts)
    before = palette(depth) if colour == PALETTE else []
    np.testing.assert_array_equal(
        load(tmp_path, png(values, depth, colour, before=before, interlaced=interlaced)).pixels,
        expected(values, colour, depth),
    )
    for missing in (1, len(whole) // 2, len(whole)):
        content = png(values, depth, colour, before=before, interlaced=interlaced, pixels=whole[:-missing])
        with pytest.raises(ImageError, match=r'a\.png: '):
            load(tmp_path, content)


def test_a_bomb_of_pixels_is_not_inflated_beyond_its_header(tmp_path):
    values = np.zeros((4, 4, 4), int)
    content = png(values, interlaced=True, pixels=bytes(50_000_000))
    with memory_below(5_000_000):
        image = load(tmp_path, content)
    np.testing.assert_array_equal(image.pixels, values)


@pytest.mark.parametrize('parts', [1, 3, 50])
def test_pixels_may_be_spread_over_chunks_some_of_them_empty(tmp_path, parts):
    values = samples(COLOUR_ALPHA, 8)
    values[-1] = 0
    values[-1, :, 0] = 1  # what the last row is marked with, so that the bytes are counted
    stream = zlib.compress(rows(values, 8))
    size = len(stream) // parts + 1
    chunks = [chunk(b'IDAT', stream[i : i + size]) + chunk(b'IDAT') for i in range(0, len(stream), size)]
    content = SIGNATURE + header(13, 9) + b''.join(chunks) + chunk(b'IEND')
    np.testing.assert_array_equal(load(tmp_path, content).pixels, values)


def test_the_last_row_may_look_like_the_mark(tmp_path):
    for colour, depth in KINDS:
        values = np.ones((3, 5, CHANNELS[colour]), int)
        for value in (0, 1, 2**depth - 1):
            values[-1] = value
            before = palette(depth) if colour == PALETTE else []
            pixels = load(tmp_path, png(values, depth, colour, before=before)).pixels
            np.testing.assert_array_equal(pixels, expected(values, colour, depth))


def test_what_follows_the_end_is_ignored(tmp_path):
    values = samples(COLOUR_ALPHA, 8)
    np.testing.assert_array_equal(load(tmp_path, png(values) + b'IDAT and more').pixels, values)


def test_colours_that_the_palette_lacks_are_refused(tmp_path):
    before = [chunk(b'PLTE', COLOURS[:2].tobytes())]
    values = np.array([[[0], [1], [1]]])
    assert load(tmp_path, png(values, 8, PALETTE, before=before)).pixels[0, 2, 0] == COLOURS[1, 0]
    with pytest.raises(ImageError, match=r'a\.png: the PNG has pixels of colour 2 of 2'):
        load(tmp_path, png(values + 1, 8, PALETTE, before=before))
    with pytest.raises(ImageError, match='no palette'):
        load(tmp_path, png(values, 8, PALETTE))


@pytest.mark.parametrize(('colour', 'depth'), [kind for kind in KINDS if kind[0] in (GREY, COLOUR)])
def test_a_transparent_colour_is_exact_or_refused(tmp_path, colour, depth):
    values = samples(colour, depth)
    key = values[4, 4]
    content = png(values, depth, colour, before=[chunk(b'tRNS', struct.pack(f'>{len(key)}H', *key))])
    if depth in (1, 8):
        image = load(tmp_path, content)
        assert image.has_alpha
        np.testing.assert_array_equal(image.pixels[..., 3] == 0, (values == key).all(-1))
    else:
        with pytest.raises(ImageError, match='save it with an alpha channel'):
            load(tmp_path, content)


def test_alpha_of_palette_colours_is_kept(tmp_path):
    alpha = RNG.integers(0, 256, 16, dtype=np.uint8)
    values = samples(PALETTE, 4)
    image = load(tmp_path, png(values, 4, PALETTE, before=[*palette(4), chunk(b'tRNS', alpha.tobytes())]))
    np.testing.assert_array_equal(image.pixels, np.dstack([COLOURS[values[..., 0]], alpha[values[..., 0]]]))


@pytest.mark.parametrize('kind', [b'zTXt', b'iTXt', b'iCCP'])
def test_texts_that_inflate_beyond_all_bounds_are_refused(tmp_path, kind):
    fields = {b'zTXt': b'a\0\0', b'iTXt': b'a\0\1\0\0\0', b'iCCP': b'a\0\0'}[kind]
    bomb = chunk(kind, fields + zlib.compress(bytes(100_000_000), 9))
    for place in ('before', 'after') if kind != b'iCCP' else ['before']:
        content = png(samples(COLOUR_ALPHA, 8), **{place: [bomb]})
        with memory_below(10_000_000), pytest.raises(ImageError, match=r'a\.png.*too large'):
            load(tmp_path, content)


def test_ordinary_texts_and_profiles_change_nothing(tmp_path):
    values = samples(COLOUR_ALPHA, 8)
    extra = [chunk(b'gAMA', struct.pack('>I', 20000)), chunk(b'zTXt', b'a\0\0' + zlib.compress(b'text'))]
    extra += [chunk(b'iCCP', b'a\0\0' + zlib.compress(b'profile')), chunk(b'tEXt', b'a\0b'), chunk(b'xyZz', b'private')]
    np.testing.assert_array_equal(load(tmp_path, png(values, before=extra, after=extra[3:])).pixels, values)
