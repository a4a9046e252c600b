"""From images to groups, and from groups to a training that does not leak."""

import csv
import shutil
from collections import defaultdict

import cv2
import numpy as np
import pytest

from jaguar_mm.storage import EmbeddingSet, save_embeddings
from tests.cli.running import CONFIG, refused, tool


def read(path):
    with open(path, newline='', encoding='utf-8') as file:
        return list(csv.DictReader(file))


def members(rows):
    found = defaultdict(set)
    for row in rows:
        found[row['group']].add(row['filename'])
    return found


@pytest.fixture(scope='module')
def found(competition, tmp_path_factory):
    folder = tmp_path_factory.mktemp('groups')
    arguments = [competition / 'train.csv', '--images', competition / 'train', '--workers', 2]
    done = tool('find-duplicates', *arguments, '--out', folder / 'groups.csv', '--sheet', folder / 'groups.jpg')
    (folder / 'output.txt').write_text(done.stdout)
    return folder


def test_bursts_get_one_group_named_by_their_first_image(found, competition):
    rows, truth = read(found / 'groups.csv'), read(competition / 'metadata.csv')
    assert [(row['filename'], row['ground_truth']) for row in rows] == [
        (row['filename'], row['ground_truth']) for row in read(competition / 'train.csv')
    ]
    bursts = defaultdict(set)
    for row in truth:
        if row['split'] == 'train':
            bursts[row['group']].add(row['filename'])
    groups = members(rows)
    assert all(group == min(names) for group, names in groups.items())
    assert sum(names in groups.values() for names in bursts.values()) >= 0.9 * len(bursts)
    repeated = [names for names in groups.values() if len(names) > 1]
    expected = f'30 images, {sum(map(len, repeated))} of them in {len(repeated)} groups of two and more'
    assert expected in (found / 'output.txt').read_text()


def test_the_sheet_shows_a_row_a_group(found):
    sheet = cv2.imread(str(found / 'groups.jpg'))
    rows = [names for names in members(read(found / 'groups.csv')).values() if len(names) > 1]
    assert sheet.shape[0] == 134 * len(rows) + 6


def test_a_config_gives_its_own_table(found, competition, options, tmp_path):
    tool('find-duplicates', CONFIG, '--out', tmp_path / 'groups.csv', *options)
    assert read(tmp_path / 'groups.csv') == read(found / 'groups.csv')


def test_embeddings_join_more_and_doubtful_labels_are_listed(found, competition, tmp_path):
    rows = read(competition / 'train.csv')
    names, identities = [row['filename'] for row in rows], [row['ground_truth'] for row in rows]
    other = next(place for place, identity in enumerate(identities) if identity != identities[0])
    embeddings = np.eye(len(names), dtype=np.float32)
    embeddings[other] = embeddings[0] + 0.1 * embeddings[other]  # cosine 0.995
    save_embeddings(tmp_path / 'all.safetensors', EmbeddingSet(names[::-1], embeddings[::-1].copy()))
    arguments = [competition / 'train.csv', '--images', competition / 'train', '--out', tmp_path / 'groups.csv']
    done = tool('find-duplicates', *arguments, '--embeddings', tmp_path / 'all.safetensors')
    assert f'two animals?   {names[0]} ({identities[0]}) and {names[other]} ({identities[other]})' in done.stdout
    (row,) = read(tmp_path / 'groups_suspects.csv')
    assert (row['filename'], row['other_filename'], row['evidence']) == (names[0], names[other], 'embedding')
    before, after = members(read(found / 'groups.csv')), members(read(tmp_path / 'groups.csv'))
    assert after[names[0]] == before[names[0]] | before[names[other]]
    assert read(found / 'groups_suspects.csv') == []
    tool('find-duplicates', *arguments, '--embeddings', tmp_path / 'all.safetensors', '--cosine', 0.996)
    assert members(read(tmp_path / 'groups.csv')) == before


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['nowhere.csv'], 'nowhere.csv: no such table'),
        (['{data}/train.csv'], "train.csv: 30 of 30 images are missing, the first is 'train_0001.png'"),
        (
            ['{data}/train.csv', '--images', '{data}/train', '--embeddings', '{tmp}/few.safetensors'],
            'embedding of 29 of 30',
        ),
        (['{data}/test.csv', '--images', '{data}/test'], "column 'filename' is missing"),
    ],
)
def test_what_cannot_be_grouped_is_named(competition, tmp_path, arguments, message):
    save_embeddings(tmp_path / 'few.safetensors', EmbeddingSet(['train_0001.png'], np.ones((1, 2), np.float32)))
    arguments = [argument.format(data=competition, tmp=tmp_path) for argument in arguments]
    done = refused('find-duplicates', *arguments, '--out', tmp_path / 'groups.csv')
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith('error: ')
    assert message in done.stderr
    assert not (tmp_path / 'groups.csv').exists()


@pytest.mark.parametrize(
    ('flag', 'value', 'message'),
    [('--bits', 257, '--bits must'), ('--cosine', 1.5, '--cosine must'), ('--workers', 0, '--workers: must')],
)
def test_a_value_out_of_range_is_refused(tmp_path, flag, value, message):
    done = refused('find-duplicates', 'train.csv', '--out', tmp_path / 'groups.csv', flag, value)
    assert done.returncode == 2
    assert message in done.stderr


def test_a_training_that_leaks_stops_before_it_begins_and_groups_mend_it(found, options, tmp_path):
    hook = ['default_hooks.leak_check.type=LeakCheckHook', 'train_cfg.max_epochs=1']
    groups = [f'{name}_dataloader.dataset.groups={found / "groups.csv"}' for name in ('train', 'val')]
    train = ['train', CONFIG, '--work-dir', tmp_path, *options, *hook, *groups]
    leaking = tool(*train, 'val_dataloader.dataset.split_seed=1', check=False)
    assert leaking.returncode != 0
    assert 'validation images are trained on themselves' in leaking.stderr
    assert 'Epoch(train)' not in leaking.stdout + leaking.stderr
    tool(*train)


def test_a_folder_is_a_table_of_its_images(competition, tmp_path):
    folder = tmp_path / 'images' / 'Lua'
    folder.mkdir(parents=True)
    first, other, *_ = sorted((competition / 'train').rglob('*.png'))
    for name, path in (('a.png', first), ('copy.png', first), ('z.png', other)):
        shutil.copy(path, folder / name)
    (folder / '.hidden.png').write_bytes(first.read_bytes())
    tool('find-duplicates', folder.parent, '--out', tmp_path / 'groups.csv', '--workers', 1)
    with open(tmp_path / 'groups.csv', newline='', encoding='utf-8') as file:
        groups = {row['filename']: row['group'] for row in csv.DictReader(file)}
    assert list(groups) == ['Lua/a.png', 'Lua/copy.png', 'Lua/z.png']
    assert groups['Lua/a.png'] == groups['Lua/copy.png']
