"""Sheets, counts and projector files of a data set, by the tools."""

import json
from itertools import pairwise

import cv2
import numpy as np
import pytest

from jaguar_mm.storage import EmbeddingSet, save_embeddings
from tests.cli.running import CONFIG, refused, tool

ROW, CELL, GAP = 134, 170, 6  # px


@pytest.fixture
def table(tmp_path, competition):
    names = sorted(path.name for path in (competition / 'test').rglob('*.png'))
    embeddings = np.eye(len(names), dtype=np.float32)
    identities = {'identity': [f'n{i % 3}' for i in range(len(names))]}
    save_embeddings(
        tmp_path / 'test.safetensors',
        EmbeddingSet(names, embeddings, identities),
    )
    return tmp_path / 'test.safetensors'


def test_the_sheet_has_two_tiles_and_one_an_epoch_for_each_image(options, tmp_path):
    arguments = ['--count', 5, '--epochs', 3, '--out', tmp_path / 'sheet.jpg', '--counts', tmp_path / 'counts.png']
    done = tool('browse', CONFIG, *arguments, *options)
    assert 'drew 5 of 23 images' in done.stdout
    sheet = cv2.imread(str(tmp_path / 'sheet.jpg'))
    assert sheet.shape == (5 * ROW + GAP, 5 * CELL + GAP, 3)  # one image a row
    epochs = [sheet[10:100, GAP + 10 + CELL * column : GAP + 100 + CELL * column].astype(int) for column in (2, 3, 4)]
    assert all(abs(first - second).mean() > 10 for first, second in pairwise(epochs))
    assert cv2.imread(str(tmp_path / 'counts.png')).shape[1] == 800


def test_the_same_sheet_is_drawn_again_and_another_one_for_another_seed(options, tmp_path):
    for name, seed in (('a', 0), ('b', 0), ('c', 1)):
        out = ['--count', 2, '--out', tmp_path / f'{name}.jpg']
        tool('browse', CONFIG, *out, *options, f'randomness.seed={seed}')
    sheets = [(tmp_path / f'{name}.jpg').read_bytes() for name in 'abc']
    assert sheets[0] == sheets[1] != sheets[2]


def test_other_sets_show_one_view(options, tmp_path):
    tool('browse', CONFIG, '--set', 'test', '--count', 99, '--out', tmp_path / 'sheet.jpg', *options)
    assert cv2.imread(str(tmp_path / 'sheet.jpg')).shape == (5 * ROW + GAP, 6 * CELL + GAP, 3)  # 9 images, 2 a row


def test_annotations_are_shown_as_they_are_cut_out(competition, tmp_path):
    names = sorted(path.name for path in (competition / 'train').rglob('*.png'))[:4]
    images = [{'id': i, 'file_name': name} for i, name in enumerate(names)]
    box = {'bbox': [10, 10, 40, 20], 'segmentation': [[12, 12, 48, 12, 48, 28, 12, 28]]}
    notes = [{'id': i, 'image_id': i, 'name': f'n{i % 2}', **box} for i in range(4)]
    (tmp_path / 'coco.json').write_text(json.dumps({'images': images, 'annotations': notes}))
    dataset = dict(type='CocoReID', ann_file=str(tmp_path / 'coco.json'), data_prefix=str(competition / 'train'))
    dataset |= dict(identity_field='name', pipeline=[dict(type='LoadRGBA'), dict(type='CropToAnnotation')])
    dataset['pipeline'] += [dict(type='AlphaMask', background='black'), dict(type='PackInputs')]
    loaders = {f'{name}_dataloader': dict(dataset=dataset, sampler={}) for name in ('train', 'val', 'test')}
    text = '\n'.join(f'{name} = {value!r}' for name, value in loaders.items())
    (tmp_path / 'config.py').write_text(f"default_scope = 'jaguar_mm'\n{text}\n")
    out = ['--out', tmp_path / 'a.jpg', '--epochs', 1, '--counts', tmp_path / 'counts.png']
    tool('browse', tmp_path / 'config.py', *out)
    sheet = cv2.imread(str(tmp_path / 'a.jpg'))
    assert sheet.shape == (2 * ROW + GAP, 6 * CELL + GAP, 3)
    view = sheet[GAP + 4 : GAP + 4 + 104, GAP + 2 * CELL + 4 : GAP + 2 * CELL + 160]
    assert (view[14:20, 4:152] < 30).all()  # 78 px high, between 13 and 91: black above the mask
    assert view[30:70, 20:130].max() > 60


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['--count', 0], '--count: must be at least 1, not 0'),
        (['--epochs', -1], '--epochs: must be at least 1, not -1'),
        (['--set', 'all'], "invalid choice: 'all'"),
        (['--cfg-options', 'train_dataloader.dataset.data_root=gone'], 'error: gone/train.csv: no such table'),
    ],
)
def test_a_wrong_argument_is_named_in_one_line(arguments, message, tmp_path):
    done = refused('browse', CONFIG, '--out', tmp_path / 'a.jpg', *arguments)
    assert done.returncode
    assert message in done.stderr
    assert 'Traceback' not in done.stderr
    assert not list(tmp_path.iterdir())


def test_projector_files_with_images_of_a_folder_or_a_config(table, competition, options, tmp_path):
    tool('project', table, '--out', tmp_path / 'plain')
    assert {path.name for path in (tmp_path / 'plain').iterdir()} == {
        'tensors.tsv',
        'metadata.tsv',
        'projector_config.pbtxt',
    }
    tool('project', table, '--out', tmp_path / 'folder', '--images', competition / 'test')
    tool('project', table, '--out', tmp_path / 'config', '--images', CONFIG, *options)
    sprites = [cv2.imread(str(tmp_path / name / 'sprite.png')) for name in ('folder', 'config')]
    assert sprites[0].shape == (3 * 64, 3 * 64, 3)
    np.testing.assert_array_equal(sprites[0], sprites[1])
    assert len((tmp_path / 'folder/metadata.tsv').read_text().splitlines()) == 1 + 9


def test_images_that_are_not_there_are_named(table, competition, options, tmp_path):
    for images, message in ((competition / 'train', '9 of 9 images are missing'), (tmp_path, 'images are missing')):
        done = refused('project', table, '--out', tmp_path / 'out', '--images', images)
        assert done.returncode == 2
        assert message in done.stderr
    save_embeddings(tmp_path / 'other.safetensors', EmbeddingSet(['stranger.png'], np.ones((1, 2), np.float32)))
    arguments = [tmp_path / 'other.safetensors', '--out', tmp_path / 'out', '--images', CONFIG, *options]
    done = refused('project', *arguments)
    assert done.returncode == 2
    assert "its data sets have no 'stranger.png' (the first of 1" in done.stderr
    assert not (tmp_path / 'out').exists()
