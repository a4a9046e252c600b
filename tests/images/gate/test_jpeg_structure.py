import io

import cv2
import numpy as np
import pytest
from PIL import Image

from jaguar_mm.images import ImageError, load_rgba

NOISE = np.random.default_rng(0).integers(0, 256, (64, 80, 3), dtype=np.uint8)
SMOOTH = Image.fromarray(cv2.GaussianBlur(NOISE, (0, 0), 3))


def jpeg(**options):
    buffer = io.BytesIO()
    SMOOTH.save(buffer, format='JPEG', quality=90, **options)
    return buffer.getvalue()


def load(tmp_path, content):
    (tmp_path / 'a.jpg').write_bytes(content)
    return load_rgba(tmp_path / 'a.jpg').pixels


@pytest.fixture(params=[False, True], ids=['baseline', 'progressive'])
def content(request):
    return jpeg(progressive=request.param)


@pytest.mark.parametrize('tail', [0, 1, 30])
def test_an_unfinished_download_is_refused_however_long_its_zeros(tmp_path, content, tail):
    half = content[: len(content) // 2]
    with pytest.raises(ImageError, match=r'a\.jpg: the JPEG is cut off or damaged: it has no end marker'):
        load(tmp_path, half + bytes(tail * len(content)))


def test_a_file_of_headers_alone_is_refused(tmp_path, content):
    with pytest.raises(ImageError, match='it has no pixels'):
        load(tmp_path, content[: content.index(b'\xff\xda')])
    with pytest.raises(ImageError, match='it has no pixels'):
        load(tmp_path, content[: content.index(b'\xff\xda') + 1])


def test_an_end_marker_of_the_thumbnail_does_not_count(tmp_path):
    thumbnail = jpeg()
    segment = b'\xff\xe3' + (len(thumbnail) + 2).to_bytes(2) + thumbnail
    content = jpeg()
    whole = content[:2] + segment + content[2:]
    np.testing.assert_array_equal(load(tmp_path, whole), load(tmp_path, content))
    with pytest.raises(ImageError, match='no end marker'):
        load(tmp_path, whole[:-2])


@pytest.mark.parametrize('extra', [b'\xff' * 5, b'junk', b'\xff\0', b'\xff\xfe\0\6note'])
def test_padding_junk_and_comments_between_segments_are_skipped(tmp_path, extra, content):
    place = content.index(b'\xff\xdb')
    pixels = load(tmp_path, content[:place] + extra + content[place:])
    np.testing.assert_array_equal(pixels, load(tmp_path, content))


def test_what_follows_the_end_is_ignored(tmp_path, content):
    np.testing.assert_array_equal(load(tmp_path, content + b'\xff\xda a film'), load(tmp_path, content))
