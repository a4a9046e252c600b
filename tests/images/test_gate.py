import io
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from jaguar_mm.images import ImageError, load_rgba

RNG = np.random.default_rng(0)
RGBA = RNG.integers(0, 256, (5, 7, 4), dtype=np.uint8)
OPAQUE = np.dstack([RGBA[..., :3], np.full((5, 7), 255, np.uint8)])


def save(image, path, **options):
    image.save(path, **options)
    return path


def png_bytes(pixels):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format='PNG')
    return buffer.getvalue()


def test_rgba_is_kept_exactly_even_under_transparent_pixels(tmp_path):
    pixels = RGBA.copy()
    pixels[:2, :, 3] = 0
    picture = load_rgba(save(Image.fromarray(pixels), tmp_path / 'a.png'))
    assert picture.has_alpha
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels.flags.writeable
    np.testing.assert_array_equal(picture.pixels, pixels)


def test_a_picture_without_alpha_becomes_opaque_in_rgb_order(tmp_path):
    picture = load_rgba(str(save(Image.fromarray(RGBA[..., :3]), tmp_path / 'a.png')))
    assert not picture.has_alpha
    np.testing.assert_array_equal(picture.pixels, OPAQUE)


@pytest.mark.parametrize('mode', ['1', 'L', 'LA', 'P', 'CMYK'])
def test_every_8_bit_pixel_type_equals_pillow_s_conversion(tmp_path, mode):
    image = Image.fromarray(RGBA).convert('RGB').convert(mode)
    path = save(image, tmp_path / 'a.tif')
    picture = load_rgba(path)
    assert picture.has_alpha == (mode == 'LA')
    np.testing.assert_array_equal(picture.pixels[..., :3], np.asarray(image.convert('RGB')))


def test_a_transparent_palette_colour_is_alpha(tmp_path):
    image = Image.new('P', (3, 2), 1)
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((2, 1), 0)
    picture = load_rgba(save(image, tmp_path / 'a.png', transparency=0))
    assert picture.has_alpha
    assert picture.pixels[1, 2, 3] == 0
    np.testing.assert_array_equal(picture.pixels[0, 0], [40, 50, 60, 255])


@pytest.mark.parametrize('channels', [1, 3, 4])
def test_16_bits_are_scaled_not_clipped(tmp_path, channels):
    deep = RNG.integers(0, 2**16, (4, 6, channels), dtype=np.uint16)
    path = tmp_path / 'deep.png'
    assert cv2.imwrite(str(path), deep)
    expected = deep >> 8 if channels == 1 else (deep >> 8)[..., [2, 1, 0, 3][:channels]]  # OpenCV writes BGR(A)
    pixels = load_rgba(path).pixels[..., : max(3, channels)]
    np.testing.assert_array_equal(pixels, np.broadcast_to(expected, pixels.shape))


@pytest.mark.parametrize(('orientation', 'turned'), [(3, np.rot90(OPAQUE, 2)), (6, np.rot90(OPAQUE, -1))])
def test_exif_orientation_is_applied(tmp_path, orientation, turned):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = save(Image.fromarray(OPAQUE[..., :3]), tmp_path / 'a.png', exif=exif)
    np.testing.assert_array_equal(load_rgba(path).pixels, turned)


def test_content_decides_not_the_name(tmp_path):
    path = save(Image.fromarray(RGBA), tmp_path / 'really_a_png.jpg', format='PNG')
    picture = load_rgba(path)
    assert picture.has_alpha
    np.testing.assert_array_equal(picture.pixels, RGBA)


def test_a_file_cut_anywhere_is_refused_by_name(tmp_path):
    pixels = RNG.integers(0, 256, (32, 32, 4), dtype=np.uint8)
    whole = png_bytes(pixels)
    path = tmp_path / 'cut.png'
    for length in range(0, len(whole) - 16, 97):  # the last 12 bytes are the end marker, which holds no pixels
        path.write_bytes(whole[:length])
        with pytest.raises(ImageError, match=r'cut\.png: cannot be read'):
            load_rgba(path)


def test_damaged_pixels_are_refused(tmp_path):
    damaged = bytearray(png_bytes(RGBA))
    start = damaged.index(b'IDAT') + 4
    damaged[start : start + 2] = zlib.compress(b'')[:1] + b'\x00'
    path = tmp_path / 'damaged.png'
    path.write_bytes(bytes(damaged))
    with pytest.raises(ImageError, match=r'damaged\.png'):
        load_rgba(path)


@pytest.mark.parametrize('content', [b'', b'filename,ground_truth\n', b'%!PS-Adobe-3.0 EPSF-3.0\n'])
def test_what_is_no_picture_is_refused(tmp_path, content):
    path = tmp_path / 'note.png'
    path.write_bytes(content)
    with pytest.raises(ImageError, match=r'note\.png'):
        load_rgba(path)


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(ImageError, match=r'gone\.png'):
        load_rgba(tmp_path / 'gone.png')


def test_pixels_without_a_fixed_range_are_refused(tmp_path):
    path = save(Image.fromarray(RNG.normal(size=(4, 4)).astype(np.float32)), tmp_path / 'float.tif')
    with pytest.raises(ImageError, match=r'float\.tif.*no fixed range'):
        load_rgba(path)


@pytest.mark.parametrize('name', ['jaguar_01.png', 'jaguar_02.png', 'JAG_0031.jpg'])
def test_real_jaguars_keep_their_background_under_alpha(shared_data, name):
    picture = load_rgba(shared_data / 'jaguar_samples' / name)
    assert picture.has_alpha
    hidden = picture.pixels[picture.pixels[..., 3] == 0]
    assert 0.5 < len(hidden) / picture.pixels[..., 3].size < 0.75
    assert hidden[:, :3].mean() > 50
