"""AVIF: near the pixels that were saved, turned and cut out as they should be, and as safe as the other formats."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image, UnidentifiedImageError

from jaguar_mm.images import ImageError, inspect_image, load_rgba
from tests.images.gate.exif import FLOAT, SHORT, entry, exif
from tests.images.gate.test_orientation import SEEN, turned

SMOOTH = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (5, 7, 4), dtype=np.uint8), (0, 0), 2)


def encoded(pixels, **options):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, 'AVIF', quality=100, subsampling='4:4:4', **options)
    return buffer.getvalue()


@pytest.fixture
def load(tmp_path):
    def read(content):
        (tmp_path / 'a.avif').write_bytes(content)
        return load_rgba(tmp_path / 'a.avif')

    return read


def test_colours_and_alpha_are_read(load):
    image = load(encoded(SMOOTH))
    assert image.has_alpha
    assert np.abs(image.pixels.astype(int) - SMOOTH).max() <= 4
    opaque = load(encoded(SMOOTH[..., :3]))
    assert not opaque.has_alpha
    assert (opaque.pixels[..., 3] == 255).all()


@pytest.mark.parametrize('orientation', SEEN)
def test_it_is_turned_by_its_own_boxes(load, orientation):
    stored = load(encoded(SMOOTH[..., :3])).pixels[..., :3]
    content = encoded(SMOOTH[..., :3], exif=exif(orientation))
    assert (b'irot' in content or b'imir' in content) == (orientation > 1)
    np.testing.assert_array_equal(load(content).pixels[..., :3], turned(stored, orientation))


def test_exif_is_not_asked_and_may_be_anything(load):
    stored = load(encoded(SMOOTH[..., :3])).pixels[..., :3]
    content = encoded(SMOOTH[..., :3], exif=exif(6, entry(0x0103, SHORT, 1, 6)))
    place = content.index(b'\x03\x01\x03\0')  # Pillow cannot write a float there, so its type is changed afterwards
    spoilt = content[: place + 2] + bytes([FLOAT]) + content[place + 3 :]
    with pytest.raises(UnidentifiedImageError), Image.open(io.BytesIO(spoilt)):
        pass
    np.testing.assert_array_equal(load(spoilt).pixels[..., :3], turned(stored, 6))


def test_a_general_brand_with_avif_among_the_compatible_ones(load, tmp_path):
    content = encoded(SMOOTH)
    assert content[4:12] == b'ftypavif'
    assert load(content[:8] + b'mif1' + content[12:]).pixels.shape == (5, 7, 4)
    (tmp_path / 'b.png').write_bytes(content)
    assert [finding.kind for finding in inspect_image(tmp_path / 'b.png').findings] == ['wrong ending']


def test_a_bomb_is_refused_by_its_header(load):
    content = encoded(SMOOTH[..., :3])
    size = (7).to_bytes(4) + (5).to_bytes(4)
    assert content.count(b'ispe\0\0\0\0' + size) == 1
    bomb = content.replace(b'ispe\0\0\0\0' + size, b'ispe\0\0\0\0' + (16_000).to_bytes(4) * 2)
    with pytest.raises(ImageError, match=r'a\.avif: 16000 x 16000 pixels are more than the 200 megapixels'):
        load(bomb)
