import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from jaguar_mm.images import ImageError, load_rgba
from tests.images.gate.png_files import header, png

RNG = np.random.default_rng(0)
RGBA = RNG.integers(0, 256, (5, 7, 4), dtype=np.uint8)
OPAQUE = np.dstack([RGBA[..., :3], np.full((5, 7), 255, np.uint8)])


def save(image, path, **options):
    image.save(path, **options)
    return path


def test_rgba_is_kept_exactly_even_under_transparent_pixels(tmp_path):
    pixels = RGBA.copy()
    pixels[:2, :, 3] = 0
    loaded = load_rgba(save(Image.fromarray(pixels), tmp_path / 'a.png'))
    assert loaded.has_alpha
    assert loaded.pixels.dtype == np.uint8
    assert loaded.pixels.flags.writeable
    np.testing.assert_array_equal(loaded.pixels, pixels)


def test_an_image_without_alpha_becomes_opaque_in_rgb_order(tmp_path):
    loaded = load_rgba(str(save(Image.fromarray(RGBA[..., :3]), tmp_path / 'a.png')))
    assert not loaded.has_alpha
    np.testing.assert_array_equal(loaded.pixels, OPAQUE)


@pytest.mark.parametrize('mode', ['1', 'L', 'LA', 'P', 'CMYK'])
def test_every_8_bit_pixel_type_equals_pillow_s_conversion(tmp_path, mode):
    image = Image.fromarray(RGBA).convert('RGB').convert(mode)
    path = save(image, tmp_path / 'a.tif')
    loaded = load_rgba(path)
    assert loaded.has_alpha == (mode == 'LA')
    np.testing.assert_array_equal(loaded.pixels[..., :3], np.asarray(image.convert('RGB')))


def test_a_transparent_palette_colour_is_alpha(tmp_path):
    image = Image.new('P', (3, 2), 1)
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((2, 1), 0)
    loaded = load_rgba(save(image, tmp_path / 'a.png', transparency=0))
    assert loaded.has_alpha
    assert loaded.pixels[1, 2, 3] == 0
    np.testing.assert_array_equal(loaded.pixels[0, 0], [40, 50, 60, 255])


@pytest.mark.parametrize('ending', ['png', 'tif'])
@pytest.mark.parametrize('channels', [1, 3, 4])
def test_16_bits_are_scaled_not_clipped(tmp_path, channels, ending):
    deep = RNG.integers(0, 2**16, (4, 6, channels), dtype=np.uint16)
    path = tmp_path / f'deep.{ending}'
    assert cv2.imwrite(str(path), deep)
    expected = deep >> 8 if channels == 1 else (deep >> 8)[..., [2, 1, 0, 3][:channels]]  # OpenCV writes BGR(A)
    pixels = load_rgba(path).pixels[..., : max(3, channels)]
    np.testing.assert_array_equal(pixels, np.broadcast_to(expected, pixels.shape))


TURNED = {1: OPAQUE, 2: OPAQUE[:, ::-1], 3: np.rot90(OPAQUE, 2), 4: OPAQUE[::-1], 5: OPAQUE.swapaxes(0, 1)}
TURNED |= {6: np.rot90(OPAQUE, -1), 7: np.rot90(OPAQUE, 2).swapaxes(0, 1), 8: np.rot90(OPAQUE)}


@pytest.mark.parametrize(('form', 'options'), [('PNG', {}), ('TIFF', {}), ('WEBP', {'lossless': True})])
@pytest.mark.parametrize('orientation', TURNED)
def test_exif_orientation_is_applied_once(tmp_path, form, options, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = save(Image.fromarray(OPAQUE[..., :3]), tmp_path / 'a.png', format=form, exif=exif, **options)
    np.testing.assert_array_equal(load_rgba(path).pixels, TURNED[orientation])


def test_content_decides_not_the_name(tmp_path):
    path = save(Image.fromarray(RGBA), tmp_path / 'really_a_png.jpg', format='PNG')
    loaded = load_rgba(path)
    assert loaded.has_alpha
    np.testing.assert_array_equal(loaded.pixels, RGBA)


@pytest.mark.parametrize('content', [b'', b'filename,ground_truth\n', b'%!PS-Adobe-3.0 EPSF-3.0\n', b'\x89PNG\r\n'])
def test_what_is_no_image_is_refused(tmp_path, content):
    path = tmp_path / 'note.png'
    path.write_bytes(content)
    with pytest.raises(ImageError, match=r'note\.png: is (empty|none of PNG, JPEG, WebP, TIFF, BMP, GIF, AVIF); fetch'):
        load_rgba(path)


@pytest.mark.parametrize('kind', [Path.mkdir, os.mkfifo])
def test_what_is_no_file_is_refused_at_once(tmp_path, kind):
    path = tmp_path / 'odd.png'
    kind(path)
    with pytest.raises(ImageError, match=r'odd\.png: is not a regular file'):
        load_rgba(path)


def test_devices_are_refused():
    with pytest.raises(ImageError, match=r'/dev/zero: is not a regular file'):
        load_rgba('/dev/zero')


@pytest.mark.skipif(not hasattr(os, 'geteuid') or os.geteuid() == 0, reason='root may read everything')
def test_a_file_that_may_not_be_read_is_refused(tmp_path):
    path = save(Image.fromarray(RGBA), tmp_path / 'locked.png')
    path.chmod(0)
    with pytest.raises(ImageError, match=r'locked\.png: cannot be opened \(Permission denied\); check its path'):
        load_rgba(path)


def test_links_are_followed(tmp_path):
    save(Image.fromarray(RGBA), tmp_path / 'a.png')
    (tmp_path / 'link.png').symlink_to(tmp_path / 'a.png')
    np.testing.assert_array_equal(load_rgba(tmp_path / 'link.png').pixels, RGBA)
    (tmp_path / 'a.png').unlink()
    with pytest.raises(ImageError, match=r'link\.png'):
        load_rgba(tmp_path / 'link.png')


@pytest.mark.parametrize('form', ['GIF', 'PNG', 'WEBP', 'TIFF', 'AVIF'])
def test_several_frames_are_refused_and_one_is_read(tmp_path, form):
    frames = [Image.fromarray(RNG.integers(0, 256, (5, 7, 3), dtype=np.uint8)) for _ in range(3)]
    path = save(frames[0], tmp_path / 'frames.png', format=form, save_all=True, append_images=frames[1:])
    with pytest.raises(ImageError, match=r'frames\.png: the \w+ has more than one frame; save the one'):
        load_rgba(path)
    assert load_rgba(save(frames[0], path, format=form)).pixels.shape == (5, 7, 4)


def test_of_a_jpeg_with_further_images_the_first_is_read(tmp_path):
    colours = [Image.new('RGB', (16, 16), colour) for colour in ('red', 'blue')]
    path = save(colours[0], tmp_path / 'a.jpg', format='MPO', save_all=True, append_images=colours[1:])
    assert (load_rgba(path).pixels[..., 0] > 250).all()


@pytest.mark.parametrize('form', ['GIF', 'PNG', 'WEBP', 'TIFF', 'BMP', 'JPEG', 'AVIF'])
def test_the_pixel_limit_holds_for_every_format_and_can_be_raised(tmp_path, monkeypatch, form):
    path = save(Image.new('RGB', (40, 30), 'red'), tmp_path / 'large.png', format=form)
    monkeypatch.setenv('JAGUAR_MM_MAX_MEGAPIXELS', '0.001199')
    with pytest.raises(ImageError, match=r'large\.png: 40 x 30 pixels .*set JAGUAR_MM_MAX_MEGAPIXELS to allow it'):
        load_rgba(path)
    monkeypatch.setenv('JAGUAR_MM_MAX_MEGAPIXELS', '0.0012')
    assert load_rgba(path).pixels.shape == (30, 40, 4)


@pytest.mark.parametrize('wrong', ['many', '-1', '0', 'inf', 'nan', ''])
def test_a_limit_that_is_no_number_is_named_and_no_image_blamed(tmp_path, monkeypatch, wrong):
    monkeypatch.setenv('JAGUAR_MM_MAX_MEGAPIXELS', wrong)
    with pytest.raises(ValueError, match=r'^JAGUAR_MM_MAX_MEGAPIXELS must be a positive number') as caught:
        load_rgba(tmp_path / 'a.png')
    assert not isinstance(caught.value, ImageError)


def test_a_decompression_bomb_is_refused_by_its_header(tmp_path):
    path = tmp_path / 'bomb.png'
    path.write_bytes(png(np.zeros((1, 1, 4), int)).replace(header(1, 1), header(60_000, 60_000)))
    with pytest.raises(ImageError, match=r'bomb\.png: 60000 x 60000 pixels are more than the 200 megapixels'):
        load_rgba(path)


def test_an_overlong_file_is_not_read(tmp_path):
    path = tmp_path / 'film.png'
    with path.open('wb') as file:
        file.truncate(1 << 40)  # a hole: takes no room on the disk
    with pytest.raises(ImageError, match=r'film\.png: .* MB are more than any image'):
        load_rgba(path)


def test_pillow_s_own_limit_plays_no_part(tmp_path, monkeypatch, recwarn):
    monkeypatch.setattr(Image, 'MAX_IMAGE_PIXELS', 34)  # warns above it, refuses above twice as many
    np.testing.assert_array_equal(load_rgba(save(Image.fromarray(RGBA), tmp_path / 'a.png')).pixels, RGBA)
    assert not recwarn.list
    assert Image.MAX_IMAGE_PIXELS == 34


@pytest.mark.parametrize('adobe', [True, False])
def test_cmyk_jpegs_are_inverted_as_adobe_has_it(tmp_path, adobe):
    ink = Image.new('CMYK', (16, 16), (200, 30, 60, 10))
    path = save(ink, tmp_path / 'a.jpg', quality=100)
    content = path.read_bytes()
    assert b'Adobe' in content
    path.write_bytes(content if adobe else content.replace(b'Adobe', b'Other'))
    expected = [(255 - c) * (255 - 10) // 255 for c in (200, 30, 60)]
    assert np.abs(load_rgba(path).pixels[..., :3].astype(int) - expected).max() <= 2


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(ImageError, match=r'gone\.png: cannot be opened \(No such file or directory\); check its path'):
        load_rgba(tmp_path / 'gone.png')


def test_pixels_without_a_fixed_range_are_refused(tmp_path):
    path = save(Image.fromarray(RNG.normal(size=(4, 4)).astype(np.float32)), tmp_path / 'float.tif')
    with pytest.raises(ImageError, match=r'float\.tif.*no fixed range'):
        load_rgba(path)


@pytest.mark.parametrize('name', ['jaguar_01.png', 'jaguar_02.png', 'JAG_0031.jpg'])
def test_real_jaguars_keep_their_background_under_alpha(shared_data, name):
    loaded = load_rgba(shared_data / 'jaguar_samples' / name)
    assert loaded.has_alpha
    hidden = loaded.pixels[loaded.pixels[..., 3] == 0]
    assert 0.5 < len(hidden) / loaded.pixels[..., 3].size < 0.75
    assert hidden[:, :3].mean() > 50
