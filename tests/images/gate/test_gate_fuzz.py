"""Damaged image files: refused by name, or read as if nothing had happened; never anything else."""

import io
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from jaguar_mm.images import ImageError, load_rgba
from tests.images.gate.png_files import COLOUR, COLOUR_ALPHA, GREY, GREY_ALPHA, PALETTE, chunk, png

RNG = np.random.default_rng(0)
NOISE = RNG.integers(0, 256, (11, 13, 4), dtype=np.uint8)
SMOOTH = Image.fromarray(cv2.GaussianBlur(RNG.integers(0, 256, (40, 48, 3), dtype=np.uint8), (0, 0), 2))


def noise(channels, depth=8):
    return RNG.integers(0, 2**depth, (11, 13, channels))


PALETTE_CHUNKS = [chunk(b'PLTE', RNG.bytes(48)), chunk(b'tRNS', RNG.bytes(16))]
TEXTS = [chunk(b'tEXt', b'Title\0jaguar'), chunk(b'iCCP', b'profile\0\0' + zlib.compress(b'none'))]
PNGS = {
    'colour and alpha': png(noise(4)),
    'colour': png(noise(3), 8, COLOUR),
    'grey': png(noise(1), 8, GREY),
    'grey and alpha': png(noise(2), 8, GREY_ALPHA),
    '1-bit grey': png(noise(1, 1), 1, GREY),
    'palette': png(noise(1, 4), 4, PALETTE, before=PALETTE_CHUNKS),
    '16-bit grey': png(noise(1, 16), 16, GREY),
    '16-bit colour and alpha': png(noise(4, 16), 16, COLOUR_ALPHA),
    'interlaced': png(noise(4), interlaced=True),
    'all black': png(np.zeros((11, 13, 4), int)),
    'texts': png(noise(4), before=TEXTS, after=TEXTS[:1]),
}


def encoded(image, form, **options):
    buffer = io.BytesIO()
    image.save(buffer, format=form, **options)
    return buffer.getvalue()


JPEGS = {
    'baseline': encoded(SMOOTH, 'JPEG'),
    'progressive': encoded(SMOOTH, 'JPEG', progressive=True),
    'optimised': encoded(SMOOTH, 'JPEG', optimize=True, subsampling=0),
    'grey': encoded(SMOOTH.convert('L'), 'JPEG'),
    'CMYK': encoded(SMOOTH.convert('CMYK'), 'JPEG'),
}
COLOURED = Image.fromarray(NOISE[..., :3])
OTHERS = {
    'lossless WebP': encoded(Image.fromarray(NOISE), 'WEBP', lossless=True, exact=True),
    'lossy WebP': encoded(SMOOTH, 'WEBP'),
    'AVIF': encoded(SMOOTH, 'AVIF'),
    'GIF': encoded(COLOURED.quantize(256), 'GIF'),
    'BMP': encoded(COLOURED, 'BMP'),
    'raw TIFF': encoded(COLOURED, 'TIFF'),
    'LZW TIFF': encoded(COLOURED, 'TIFF', compression='tiff_lzw'),
    'deflated TIFF': encoded(COLOURED, 'TIFF', compression='tiff_adobe_deflate'),
}


def cuts(content):
    """Every beginning of the file."""
    return (content[:length] for length in range(len(content)))


def flips(content):
    """One flipped bit, drawn anew for every byte."""
    for place, bit in enumerate(np.random.default_rng(0).integers(8, size=len(content))):
        damaged = bytearray(content)
        damaged[place] ^= 1 << bit
        yield bytes(damaged)


def holes(content):
    """A stretch of zeros or noise somewhere, as a bad disk leaves it."""
    rng = np.random.default_rng(0)
    for start in rng.integers(len(content), size=100):
        length = min(int(rng.integers(1, 65)), len(content) - start)
        for filling in (bytes(length), rng.bytes(length)):
            yield content[:start] + filling + content[start + length :]


def resealed(content):
    """A PNG with a flipped bit in some chunk's body and a checksum to match."""
    place = 8
    while place < len(content):
        end = place + 12 + int.from_bytes(content[place : place + 4])
        for body in flips(content[place + 8 : end - 4]):
            yield content[:place] + chunk(content[place + 4 : place + 8], body) + content[end:]
        place = end


@pytest.fixture
def attempt(tmp_path, fuzz_cases, monkeypatch):
    """Call with damaged files; yields the pixels of each, None where it was refused by name."""
    monkeypatch.setenv('JAGUAR_MM_MAX_MEGAPIXELS', '1')
    path = tmp_path / 'damaged.image'

    def read():
        try:
            return load_rgba(path).pixels
        except ImageError as error:
            message = str(error)
        assert message.startswith(f'{path}: ')
        assert '; ' in message
        return None

    def run(files):
        cases = 0
        for damaged in files:
            path.write_bytes(damaged)
            yield read()
            cases += 1
        fuzz_cases(cases)

    return run


def whole(attempt, content):
    (pixels,) = attempt([content])
    assert pixels is not None
    return pixels


@pytest.mark.parametrize('kind', PNGS)
@pytest.mark.parametrize('damage', [cuts, flips, holes])
def test_damage_to_a_png_never_goes_unnoticed(attempt, kind, damage):
    content = PNGS[kind]
    whole(attempt, content)
    damaged = [each for each in damage(content) if each != content]  # zeros may have been zeros before
    assert all(pixels is None for pixels in attempt(damaged))


@pytest.mark.parametrize('damage', [cuts, flips])
def test_damage_behind_the_end_of_a_png_does_no_harm(attempt, damage):
    content, rest = PNGS['colour and alpha'], RNG.bytes(100)
    pixels = whole(attempt, content)
    for found in attempt(content + damaged for damaged in damage(rest)):
        np.testing.assert_array_equal(found, pixels)


@pytest.mark.parametrize('kind', PNGS)
def test_forged_checksums_lead_to_nothing_but_an_image_or_a_refusal(attempt, kind):
    found = list(attempt(resealed(PNGS[kind])))
    assert any(pixels is None for pixels in found)
    assert all(pixels is None or pixels.size for pixels in found)


def frame_header(content):
    """Where a JPEG says how large it is."""
    start = max(content.find(b'\xff\xc0'), content.find(b'\xff\xc2'))
    return range(start, start + 19)


@pytest.mark.parametrize('kind', JPEGS)
def test_a_damaged_jpeg_is_refused_or_keeps_its_shape(attempt, kind):
    """JPEG has no checksums, so that other pixels are no surprise; its size may change where the size is written."""
    content = JPEGS[kind]
    shape = whole(attempt, content).shape
    assert all(pixels is None for pixels in attempt(cuts(content)))
    for place, pixels in enumerate(attempt(flips(content))):
        assert pixels is None or pixels.shape == shape or place in frame_header(content)
    scan = content.index(b'\xff\xda')
    for pixels in attempt(content[:scan] + damaged for damaged in holes(content[scan:])):
        assert pixels is None or pixels.shape == shape


@pytest.mark.filterwarnings('ignore::UserWarning')  # Pillow's about odd metadata
@pytest.mark.parametrize('kind', OTHERS)
def test_other_formats_cut_anywhere_are_refused_or_read_whole(attempt, kind):
    content = OTHERS[kind]
    pixels = whole(attempt, content)
    for length, found in enumerate(attempt(cuts(content))):
        assert found is None or np.array_equal(found, pixels), length
    for found in attempt(flips(content)):
        assert found is None or found.size
