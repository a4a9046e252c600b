"""Images in formats that are not read are refused by the name of their format."""

import io

import numpy as np
import pytest
from PIL import Image

from jaguar_mm.images import ImageError, load_rgba
from tests.images.gate.exif import LONG, entry, tiff

PIXELS = np.zeros((4, 6, 3), np.uint8)


def jpeg_2000():
    buffer = io.BytesIO()
    Image.fromarray(PIXELS).save(buffer, 'JPEG2000')
    return buffer.getvalue()


@pytest.mark.parametrize(
    ('content', 'name'),
    [
        (b'\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'HEIC'),
        (b'\0\0\0\x18ftypmif1\0\0\0\0mif1heic', 'HEIC'),
        (jpeg_2000(), 'JPEG 2000'),
        (b'\0\0\0\x0cJXL \r\n\x87\n', 'JPEG XL'),
        (b'II*\0\x10\0\0\0CR\2\0', "a camera's raw format"),
        (b'\0\0\0\x18ftypcrx \0\0\0\1', "a camera's raw format"),
        (b'FUJIFILMCCD-RAW 0201', "a camera's raw format"),
        (tiff(PIXELS, entry(0x00FE, LONG, 1, 1)), "a camera's raw format"),  # NEF, ARW: a reduced version comes first
        (tiff(PIXELS, entry(0xC612, 1, 4, b'\1\4\0\0')), "a camera's raw format"),  # DNG
    ],
    ids=['HEIC', 'general brand', 'JPEG 2000', 'JPEG XL', 'CR2', 'CR3', 'RAF', 'NEF', 'DNG'],
)
def test_the_format_is_named_whatever_the_file_is_called(tmp_path, content, name):
    path = tmp_path / 'a.jpg'
    path.write_bytes(content)
    with pytest.raises(ImageError, match=rf'a\.jpg: is {name}, which is not read; export it as JPEG or PNG'):
        load_rgba(path)


def test_a_common_tiff_is_read(tmp_path):
    path = tmp_path / 'a.tif'
    path.write_bytes(tiff(PIXELS, entry(0x00FE, LONG, 1, 0)))
    assert load_rgba(path).pixels.shape == (4, 6, 4)
