"""What kornia_rs decodes is what Pillow decodes, and it is asked for nothing else."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from jaguar_mm.images import ImageError, load_rgba
from jaguar_mm.images.gate import plain_png
from jaguar_mm.images.gate.plain_png import is_plain
from jaguar_mm.images.gate.png_structure import read_structure
from tests.images.gate.png_files import COLOUR, COLOUR_ALPHA, KINDS, PALETTE, SIGNATURE, chunk, header, png, rows

RNG = np.random.default_rng(0)
RGBA = RNG.integers(0, 256, (9, 13, 4), dtype=np.uint8)
RGB = RGBA[..., :3]
TRANSPARENT = chunk(b'tRNS', struct.pack('>3H', *RGB[0, 0]))
ORIENTED = chunk(b'eXIf', b'Exif\0\0MM\0*' + bytes.fromhex('00000008 0001 0112 0003 00000001 00060000 00000000'))


@pytest.fixture
def load(tmp_path):
    def run(content):
        (tmp_path / 'a.png').write_bytes(content)
        return load_rgba(tmp_path / 'a.png')

    return run


@pytest.fixture
def quick(monkeypatch):
    """How often kornia_rs was asked."""
    calls, decode = [], plain_png.kornia_rs.io.decode_image_png_u8
    monkeypatch.setattr(plain_png.kornia_rs.io, 'decode_image_png_u8', lambda *args: calls.append(1) or decode(*args))
    return calls


def encoded(pixels, **options):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, 'PNG', **options)
    return buffer.getvalue()


def filtered(pixels, kind):
    """Every row with one filter type, written from the specification."""
    height, width, channels = pixels.shape
    padded = np.zeros((height + 1, width + 1, channels), int)
    padded[1:, 1:] = pixels
    here, left, up, corner = padded[1:, 1:], padded[1:, :-1], padded[:-1, 1:], padded[:-1, :-1]
    near = np.stack([left, up, corner])
    paeth = np.take_along_axis(near, np.abs(left + up - corner - near).argmin(0)[None], 0)[0]  # ties: left, up, corner
    predicted = [0, left, up, (left + up) // 2, paeth][kind]
    coded = ((here - predicted) % 256).astype(np.uint8).reshape(height, -1)
    return b''.join(bytes([kind]) + row.tobytes() for row in coded)


@pytest.mark.parametrize('pixels', [RGBA, RGB], ids=['alpha', 'no alpha'])
@pytest.mark.parametrize('kind', range(5))
def test_every_filter_is_undone_exactly(load, quick, pixels, kind):
    colour = COLOUR_ALPHA if pixels.shape[2] == 4 else COLOUR
    image = load(png(pixels, 8, colour, pixels=filtered(pixels, kind)))
    assert quick
    assert image.has_alpha == (colour == COLOUR_ALPHA)
    np.testing.assert_array_equal(image.pixels[..., : pixels.shape[2]], pixels)
    assert image.has_alpha or (image.pixels[..., 3] == 255).all()
    assert image.pixels.flags.writeable


@pytest.mark.parametrize('shape', [(1, 1), (1, 300), (300, 1), (257, 129)])
def test_any_shape_equals_pillow(load, quick, shape):
    for channels in (3, 4):
        pixels = RNG.integers(0, 4, (*shape, channels), dtype=np.uint8)
        content = encoded(pixels)
        np.testing.assert_array_equal(load(content).pixels, np.asarray(Image.open(io.BytesIO(content)).convert('RGBA')))
    assert len(quick) == 2


@pytest.mark.parametrize(
    ('name', 'content'),
    [
        ('interlaced', png(RGBA, interlaced=True)),
        ('a transparent colour', png(RGB, 8, COLOUR, before=[TRANSPARENT])),
        ('an orientation before the pixels', png(RGBA, before=[ORIENTED])),
        ('an orientation behind the pixels', png(RGBA, after=[ORIENTED])),
        ('a text', png(RGBA, before=[chunk(b'tEXt', b'Raw profile type exif\0')])),
        ('a private chunk', png(RGBA, after=[chunk(b'orNT', b'\6')])),
    ],
)
def test_what_may_change_pixels_is_left_to_pillow(load, quick, name, content):
    load(content)
    assert not quick


@pytest.mark.parametrize(('colour', 'depth'), [kind for kind in KINDS if kind not in ((COLOUR, 8), (COLOUR_ALPHA, 8))])
def test_other_pixel_types_are_left_to_pillow(colour, depth):
    before = [chunk(b'PLTE', bytes(768))] if colour == PALETTE else []
    assert not is_plain(read_structure(png(np.zeros((2, 2, 4), int)[..., :1], depth, colour, before=before)))


def test_profiles_and_sizes_on_paper_do_not_slow_it_down(load, quick):
    pixels = load(encoded(RGBA, icc_profile=b'profile', dpi=(300, 300))).pixels
    np.testing.assert_array_equal(pixels, RGBA)
    assert quick


@pytest.mark.parametrize('missing', [1, 40, 9 * 53 - 1, 9 * 53])
def test_missing_rows_are_refused_never_black(load, quick, missing):
    for pixels in (RGBA, np.zeros_like(RGBA)):
        with pytest.raises(ImageError, match=r'a\.png: .*enough data'):
            load(png(pixels, pixels=rows(pixels, 8)[:-missing]))
    assert len(quick) == 2


def test_an_unknown_filter_is_refused(load, quick):
    with pytest.raises(ImageError, match=r'a\.png: .*filter'):
        load(png(RGBA, pixels=b'\7' + rows(RGBA, 8)[1:]))
    assert quick


def test_more_pixels_than_the_header_promises_are_not_inflated(load, quick):
    """Half a gigabyte of them, which takes seconds and memory if it is."""
    stream = zlib.compressobj()
    parts = [stream.compress(rows(RGBA, 8)), *(stream.compress(bytes(1 << 20)) for _ in range(512)), stream.flush()]
    content = SIGNATURE + header(13, 9) + chunk(b'IDAT', b''.join(parts)) + chunk(b'IEND')
    before = peak_memory()
    np.testing.assert_array_equal(load(content).pixels, RGBA)
    assert quick
    assert peak_memory() - before < 100_000  # kB


def peak_memory():
    with open('/proc/self/status') as file:
        return next(int(line.split()[1]) for line in file if line.startswith('VmHWM'))
