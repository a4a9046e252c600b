"""Photographs become masked PNG files."""

import csv
import json

import cv2
import numpy as np
import pytest
from PIL import Image

from jaguar_mm import installation
from jaguar_mm.images import Segmenter, load_rgba
from jaguar_mm.images.crop import mask_box
from jaguar_mm.images.masks import saliency
from tests.cli.running import refused, tool
from tests.plain_animal import plain_animal

NAMES = ['Ana/1.jpg', 'Ana/2.png', 'flat.jpg', 'own.png']
HEADER = ['image_name', 'mask', 'left', 'top', 'right', 'bottom', 'share']


@pytest.fixture(scope='module')
def photos(tmp_path_factory):
    """Two animals, a scene that draws no eye, and an image with an alpha of its own."""
    folder = tmp_path_factory.mktemp('masks') / 'photos'
    (folder / 'Ana').mkdir(parents=True)
    for seed, name in enumerate(NAMES[:2]):
        Image.fromarray(plain_animal(150, 200, seed)[0]).save(folder / name, quality=95)
    rows, columns = np.mgrid[:150, :200]
    leaves = np.stack([60 + 20 * np.sin(rows / 3 + k * columns / 9) for k in (1, 2, 3)], 2)
    Image.fromarray(leaves.astype(np.uint8)).save(folder / NAMES[2])
    own = np.dstack([plain_animal(150, 200)[0], np.zeros((150, 200), np.uint8)])
    own[10:30, 20:60, 3] = 255
    Image.fromarray(own).save(folder / NAMES[3])
    return folder


@pytest.fixture(scope='module')
def masked(photos):
    out = photos.parent / 'masked'
    done = tool('mask', photos, '--out', out, '--sheet', photos.parent / 'sheet.jpg', '--workers', 2, '--json')
    return out, json.loads(done.stdout)


def table(out):
    with open(out / 'masks.csv', newline='', encoding='utf-8') as file:
        return list(csv.DictReader(file))


def written(out):
    return sorted(path.relative_to(out).as_posix() for path in out.rglob('*') if path.is_file())


def test_every_image_is_written_with_its_mask_and_the_background_kept(photos, masked):
    out, answer = masked
    assert written(out) == ['Ana/1.png', 'Ana/2.png', 'flat.png', 'masks.csv', 'own.png']
    assert (answer['images'], answer['left_out']) == (4, {})
    segmenter = Segmenter()
    for name in NAMES[:3]:
        source, result = load_rgba(photos / name), load_rgba(out / f'{name[:-4]}.png')
        assert result.has_alpha
        np.testing.assert_array_equal(result.pixels[..., :3], source.pixels[..., :3])
        np.testing.assert_array_equal(result.pixels[..., 3], segmenter(source.pixels[..., :3]).alpha)
    np.testing.assert_array_equal(load_rgba(out / 'own.png').pixels, load_rgba(photos / 'own.png').pixels)
    truth = plain_animal(150, 200)[1]
    found = load_rgba(out / 'Ana/1.png').pixels[..., 3] >= 128
    assert (found & truth).sum() / (found | truth).sum() > 0.8


def test_others_read_the_same_pixels(masked):
    out, _ = masked
    for path in out.rglob('*.png'):
        pixels = load_rgba(path).pixels
        np.testing.assert_array_equal(np.asarray(Image.open(path)), pixels)
        bgra = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        np.testing.assert_array_equal(cv2.cvtColor(bgra, cv2.COLOR_BGRA2RGBA), pixels)


def test_the_table_has_boxes_to_crop_to(masked):
    out, _ = masked
    rows = table(out)
    assert list(rows[0]) == HEADER
    assert [row['image_name'] for row in rows] == NAMES
    for row in rows:
        alpha = load_rgba(out / f'{row["image_name"][:-4]}.png').pixels[..., 3]
        assert tuple(int(row[side]) for side in HEADER[2:6]) == mask_box(alpha)
        assert float(row['share']) == pytest.approx((alpha >= 128).mean(), abs=1e-6)
    assert [row['mask'] for row in rows[:2]] == ['found', 'found']
    assert rows[3]['mask'] == 'own'


def test_where_nothing_is_found_it_is_named_and_the_image_whole(photos, monkeypatch):
    monkeypatch.setattr(saliency.Saliency, '__call__', lambda self, rgb: np.tri(224, dtype=np.float32) / 2)
    out = photos.parent / 'nothing'
    done = refused('mask', photos, '--out', out, '--workers', 1)  # in this process; it refuses nothing
    assert done.returncode == 0
    assert 'no animal was found in 3, which are used whole: Ana/1.jpg, Ana/2.png, flat.jpg' in done.stdout
    assert [row['mask'] for row in table(out)] == ['nothing'] * 3 + ['own']
    assert (load_rgba(out / 'Ana/1.png').pixels[..., 3] == 255).all()


def test_what_is_there_is_kept_and_what_is_not_the_same_is_made_anew(photos, masked):
    out, _ = masked
    before = {path: path.stat().st_mtime_ns for path in out.rglob('*.png')}
    content, rows = {path: path.read_bytes() for path in before}, table(out)
    (out / 'Ana/1.png').write_bytes(content[out / 'Ana/1.png'][:40])  # not whole
    (out / 'Ana/2.png').write_bytes(content[out / 'own.png'])  # of another image
    Image.open(out / 'flat.png').save(out / 'flat.png')  # by another program
    again = tool('mask', photos, '--out', out)
    assert 'wrote 3 masked images' in again.stdout
    assert '1 were there' in again.stdout
    assert {path: path.read_bytes() for path in before} == content
    assert (out / 'own.png').stat().st_mtime_ns == before[out / 'own.png']
    assert table(out) == rows


@pytest.mark.parametrize('kept', [0.0, 0.5, 0.999, None])
def test_a_cut_file_is_made_anew(photos, masked, kept):
    out, _ = masked
    whole = (out / 'own.png').read_bytes()
    (out / 'own.png').write_bytes(whole[:-1] + b'\0' if kept is None else whole[: int(kept * len(whole))])
    assert 'wrote 1 masked images' in refused('mask', photos, '--out', out).stdout  # in this process
    assert (out / 'own.png').read_bytes() == whole


def test_the_sheet_shows_the_outlines(photos, masked):
    sheet = cv2.imread(str(photos.parent / 'sheet.jpg'))
    red = (sheet[..., 2] > 180) & (sheet[..., 1] < 110) & (sheet[..., 0] < 90)
    assert red.sum() > 300


def test_broken_images_end_the_run_or_are_left_out(tmp_path):
    photos = tmp_path / 'photos'
    photos.mkdir()
    Image.fromarray(plain_animal(50, 60)[0]).save(photos / 'a.png')
    (photos / 'b.jpg').write_bytes(b'\xff\xd8\xff')
    done = refused('mask', photos, '--out', tmp_path / 'out')
    assert 'b.jpg' in done.stderr
    assert not (tmp_path / 'out' / 'masks.csv').exists()
    done = tool('mask', photos, '--out', tmp_path / 'out', '--skip-unusable', '--json', check=False)
    assert done.returncode == 3
    assert list(json.loads(done.stdout)['left_out']) == ['b.jpg']
    assert [row['image_name'] for row in table(tmp_path / 'out')] == ['a.png']


@pytest.mark.parametrize('where', ['photos', 'photos/below', '.'])
def test_nothing_that_is_read_is_overwritten(tmp_path, where):
    photos = tmp_path / 'photos'
    photos.mkdir()
    Image.fromarray(plain_animal(50, 60)[0]).save(photos / 'a.png')
    before = (photos / 'a.png').read_bytes()
    assert 'choose another' in refused('mask', photos, '--out', tmp_path / where).stderr
    assert written(tmp_path) == ['photos/a.png']
    assert (photos / 'a.png').read_bytes() == before


def test_two_images_of_one_name_are_refused(tmp_path):
    photos = tmp_path / 'photos'
    photos.mkdir()
    for name in ('a.png', 'a.jpg'):
        Image.fromarray(plain_animal(50, 60)[0]).save(photos / name)
    assert "'a.jpg' and 'a.png' would both become 'a.png'" in refused('mask', photos, '--out', tmp_path / 'out').stderr


def test_without_the_package_the_extra_is_named(photos, monkeypatch):
    monkeypatch.setattr(installation, 'find_spec', lambda name: None)
    done = refused('mask', photos, '--out', photos.parent / 'no')
    assert done.returncode == 2
    assert "pip install 'jaguar_mm[masks]'" in done.stderr
