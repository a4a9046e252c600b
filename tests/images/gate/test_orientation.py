"""An image is turned as its EXIF says, whatever else its EXIF holds."""

import io
import zlib

import numpy as np
import pytest
from PIL import Image

from jaguar_mm.images import load_rgba
from tests.images.gate.exif import ODD, ORIENTATION, SHORT, entry, exif, tiff
from tests.images.gate.png_files import COLOUR, chunk, png

PIXELS = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
LAST_ROW, LAST_COLUMN = 4, 6
# Where a stored pixel is seen: EXIF 2.3 says on which side the first row and the first column are.
SEEN = {
    1: lambda row, column: (row, column),
    2: lambda row, column: (row, LAST_COLUMN - column),
    3: lambda row, column: (LAST_ROW - row, LAST_COLUMN - column),
    4: lambda row, column: (LAST_ROW - row, column),
    5: lambda row, column: (column, row),
    6: lambda row, column: (column, LAST_ROW - row),
    7: lambda row, column: (LAST_COLUMN - column, LAST_ROW - row),
    8: lambda row, column: (LAST_COLUMN - column, row),
}
OPTIONS = {'JPEG': {'quality': 100, 'subsampling': 0}, 'PNG': {}, 'WEBP': {'lossless': True}}


def encoded(form, **options):
    buffer = io.BytesIO()
    Image.fromarray(PIXELS).save(buffer, form, **OPTIONS[form], **options)
    return buffer.getvalue()


def with_exif(form, orientation, *others):
    if form == 'TIFF':
        return tiff(PIXELS, *sorted([entry(ORIENTATION, SHORT, 1, orientation), *others]))
    return encoded(form, exif=exif(orientation, *others))


@pytest.fixture
def load(tmp_path):
    """Write bytes to a file and read it; returns its RGB pixels."""

    def read(content):
        (tmp_path / 'image').write_bytes(content)
        return load_rgba(tmp_path / 'image').pixels[..., :3]

    return read


def turned(pixels, orientation):
    size = pixels.shape[:2] if orientation < 5 else pixels.shape[1::-1]
    seen = np.full((*size, 3), 77, np.uint8)
    for row, column in np.ndindex(pixels.shape[:2]):
        seen[SEEN[orientation](row, column)] = pixels[row, column]
    return seen


def stored(load, form):
    """The pixels as they are stored: of a JPEG not quite those that were saved."""
    return PIXELS if form != 'JPEG' else load(encoded('JPEG'))


@pytest.mark.filterwarnings('ignore::UserWarning')  # Pillow's about odd metadata
@pytest.mark.parametrize('form', [*OPTIONS, 'TIFF'])
@pytest.mark.parametrize('orientation', SEEN)
def test_every_pixel_is_where_it_belongs_whatever_else_the_exif_holds(load, form, orientation):
    expected = turned(stored(load, form), orientation)
    structure = {0x0100, 0x0103}  # tags that a TIFF itself needs
    for name, odd in {'nothing odd': None, **ODD}.items():
        if form == 'TIFF' and odd and odd[0] in structure:
            continue
        found = load(with_exif(form, orientation, *[odd] * bool(odd)))
        np.testing.assert_array_equal(found, expected, err_msg=name)


@pytest.mark.parametrize('form', [*OPTIONS, 'TIFF'])
@pytest.mark.parametrize('orientation', [0, 9, 65535])
def test_an_orientation_that_there_is_not_turns_nothing(load, form, orientation):
    np.testing.assert_array_equal(load(with_exif(form, orientation)), stored(load, form))


@pytest.mark.filterwarnings('ignore::UserWarning')
@pytest.mark.parametrize('form', OPTIONS)
@pytest.mark.parametrize(
    'block',
    [b'', b'II', b'no TIFF at all', exif(6)[6:10], exif(6)[:-8], b'II*\0' + b'\xff' * 40, bytes(30)],
    ids=['empty', 'two bytes', 'a text', 'four bytes', 'cut off', 'a directory off the end', 'zeros'],
)
def test_damaged_exif_turns_nothing_and_is_no_reason_to_refuse_the_pixels(load, form, block):
    content = encoded(form, exif=b'Exif\0\0' + block.removeprefix(b'Exif\0\0'))
    np.testing.assert_array_equal(load(content), stored(load, form))


@pytest.mark.parametrize('orientation', SEEN)
def test_the_orientation_of_a_png_may_be_in_a_text(load, orientation):
    xmp = f'<x:xmpmeta xmlns:x="adobe:ns:meta/" tiff:Orientation="{orientation}"/>'.encode()
    text = chunk(b'iTXt', b'XML:com.adobe.xmp\0\0\0\0\0' + xmp)
    np.testing.assert_array_equal(load(png(PIXELS, 8, COLOUR, before=[text])), turned(PIXELS, orientation))
    block = exif(orientation)
    profile = f'\nexif\n{len(block):8}\n{block.hex()}\n'.encode()
    raw = chunk(b'zTXt', b'Raw profile type exif\0\0' + zlib.compress(profile))
    np.testing.assert_array_equal(load(png(PIXELS, 8, COLOUR, before=[raw])), turned(PIXELS, orientation))


def test_a_damaged_profile_in_a_text_turns_nothing(load):
    text = chunk(b'tEXt', b'Raw profile type exif\0\nexif\n  4\nthis is no hex\n')
    np.testing.assert_array_equal(load(png(PIXELS, 8, COLOUR, before=[text])), PIXELS)


def test_16_bits_and_alpha_are_turned_too(load, tmp_path):
    grey = np.random.default_rng(1).integers(0, 2**16, (5, 7), dtype=np.uint16)
    Image.fromarray(grey).save(tmp_path / 'deep.png', exif=exif(6))
    expected = turned(np.repeat((grey >> 8).astype(np.uint8)[..., None], 3, 2), 6)
    np.testing.assert_array_equal(load((tmp_path / 'deep.png').read_bytes()), expected)
    Image.fromarray(np.dstack([PIXELS, PIXELS[..., 0]])).save(tmp_path / 'cut.png', exif=exif(8))
    image = load_rgba(tmp_path / 'cut.png')
    assert image.has_alpha
    assert image.pixels.flags.c_contiguous
    np.testing.assert_array_equal(image.pixels[..., 3], turned(PIXELS, 8)[..., 0])
