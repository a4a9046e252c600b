import csv
import hashlib
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from jaguar_mm.datasets import JaguarReID
from jaguar_mm.synthesis import CompetitionSpec, make_competition
from jaguar_mm.synthesis.folder import FolderError

SPEC = CompetitionSpec(seed=7, identities=3, train_per_identity=4, test_per_identity=2, size=96, burst_length=2.0)


def rows(path):
    with path.open(encoding='utf-8', newline='') as file:
        return list(csv.reader(file))


def hashes(root):
    files = (path for path in sorted(root.rglob('*')) if path.is_file())
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    out = tmp_path_factory.mktemp('synthetic') / 'data'
    make_competition(SPEC, out)
    return out


def test_layout(root):
    train, test = ([f'{split}_{i:04d}.png' for i in range(1, n + 1)] for split, n in (('train', 12), ('test', 6)))
    tables = [f'{name}.csv' for name in ('metadata', 'sample_submission', 'solution', 'test', 'train')]
    expected = {*tables, *(f'train/train/{name}' for name in train), *(f'test/test/{name}' for name in test)}
    assert set(hashes(root)) == expected


def test_pair_tables(root):
    names = [f'test_{i:04d}.png' for i in range(1, 7)]
    pairs = []
    for query in names:
        for gallery in names:
            if query != gallery:
                pairs.append([str(len(pairs)), query, gallery])
    assert rows(root / 'test.csv') == [['row_id', 'query_image', 'gallery_image'], *pairs]
    header, *sample = rows(root / 'sample_submission.csv')
    assert header == ['row_id', 'similarity']
    assert [row_id for row_id, _ in sample] == [row_id for row_id, _, _ in pairs]
    assert all(0 <= float(value) <= 1 for _, value in sample)
    assert len({value for _, value in sample}) == len(sample)


def test_labels_agree_with_the_metadata(root):
    header, *metadata = rows(root / 'metadata.csv')
    assert header == ['filename', 'split', 'identity', 'flank', 'group', 'camera', 'light']
    for split, name in (('train', 'train.csv'), ('test', 'solution.csv')):
        expected = [[row[0], row[2]] for row in metadata if row[1] == split]
        assert rows(root / name) == [['filename', 'ground_truth'], *expected]
    assert {row[3] for row in metadata} == {'left'}
    assert {row[6] for row in metadata} <= {'day', 'dusk', 'infrared'}


def test_images_are_rgba_with_their_background(root):
    for path in root.rglob('*.png'):
        with Image.open(path) as image:
            assert (image.format, image.mode) == ('PNG', 'RGBA')
            pixels = np.asarray(image)
        assert pixels[pixels[..., 3] == 0][:, :3].any()


def test_colours_are_those_of_a_tawny_animal(root):
    _, *metadata = rows(root / 'metadata.csv')
    for name, split, *_, light in metadata:
        if light == 'day':
            pixels = np.asarray(Image.open(root / split / split / name)).astype(float)
            red, _, blue = pixels[pixels[..., 3] == 255][:, :3].mean(0)
            assert red > blue


def test_workers_and_order_do_not_matter_and_the_seed_does(root, tmp_path):
    make_competition(SPEC, tmp_path / 'two', workers=2)
    assert hashes(tmp_path / 'two') == hashes(root)
    make_competition(replace(SPEC, seed=8), tmp_path / 'other')
    images = [
        {digest for name, digest in hashes(r).items() if name.endswith('.png')} for r in (root, tmp_path / 'other')
    ]
    assert not images[0] & images[1]


def test_flat_layout_has_the_same_files_elsewhere(root, tmp_path):
    make_competition(SPEC, tmp_path / 'flat', flat=True)
    nested = {re.sub(r'(train|test)/\1/', r'\1/', name): digest for name, digest in hashes(root).items()}
    assert hashes(tmp_path / 'flat') == nested


def test_an_existing_competition_is_kept_before_anything_is_rendered(root):
    before, calls = hashes(root), []
    with pytest.raises(FolderError, match='not empty'):
        make_competition(SPEC, root, advance=lambda: calls.append(1))
    assert not calls
    assert hashes(root) == before


def test_the_data_set_reads_it(root):
    dataset = JaguarReID(data_root=str(root))
    assert len(dataset) == 12
    assert len(dataset.metainfo['classes']) == 3
