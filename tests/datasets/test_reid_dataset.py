import pickle

import numpy as np
import pytest

from jaguar_mm.datasets.tables import TableError
from jaguar_mm.registry import DATASETS

IDENTITIES = ('Abril', 'Lua', 'Ti')


def build(root, **options):
    return DATASETS.build({'type': 'JaguarReID', 'data_root': str(root), **options})


def infos(dataset):
    return [dataset.get_data_info(i) for i in range(len(dataset))]


def test_train_table_gives_labels_in_the_order_of_the_file(competition):
    dataset = build(competition)
    assert dataset.metainfo['classes'] == IDENTITIES
    assert [info['image_name'] for info in infos(dataset)] == [f'train_{i:04d}.png' for i in range(10)]
    assert [info['identity'] for info in infos(dataset)] == ['Lua'] * 5 + ['Abril'] * 4 + ['Ti']
    assert list(dataset.get_gt_labels()) == [1] * 5 + [0] * 4 + [2]
    assert dataset.pair_table is None


def test_subsets_cut_the_table_in_two_and_agree_on_the_classes(competition):
    train, val = build(competition, subset='train'), build(competition, subset='val')
    names = [{info['image_name'] for info in infos(part)} for part in (train, val)]
    assert names[0] | names[1] == {info['image_name'] for info in infos(build(competition))}
    assert not names[0] & names[1]
    assert {info['identity'] for info in infos(val)} == {'Lua', 'Abril'}  # Ti has one image: it is trained on
    assert train.metainfo['classes'] == val.metainfo['classes'] == IDENTITIES
    assert train.split_record() == val.split_record() == {'train': sorted(names[0]), 'val': sorted(names[1])}


def test_split_arguments_reach_the_split(competition):
    half = build(competition, subset='val', val_fraction=0.5)
    assert len(half) == 4
    seeds = {tuple(build(competition, subset='val', split_seed=seed).split_record()['val']) for seed in range(8)}
    assert len(seeds) > 1


def test_pair_table_gives_every_image_once_without_labels(competition):
    dataset = build(competition, ann_file='test.csv', data_prefix='test')
    assert [info['image_name'] for info in infos(dataset)] == [f'test_{i:04d}.png' for i in range(4)]
    assert all(info['identity'] is None and 'gt_label' not in info for info in infos(dataset))
    assert 'classes' not in dataset.metainfo
    assert len(dataset.pair_table.row_ids) == 12
    assert dataset.pair_table.query[0] == 'test_0003.png'


def test_solution_gives_identities_and_only_known_classes_get_labels(competition):
    options = {'ann_file': 'test.csv', 'data_prefix': 'test', 'solution': 'solution.csv'}
    dataset = build(competition, classes=IDENTITIES, **options)
    assert [info['identity'] for info in infos(dataset)] == ['Ti', 'Lua', 'Abril', 'Stranger']
    assert [info.get('gt_label') for info in infos(dataset)] == [2, 1, 0, None]
    assert all('gt_label' not in info for info in infos(build(competition, **options)))


def test_an_image_that_the_solution_leaves_out_has_no_identity(competition):
    (competition / 'solution.csv').write_text('filename,ground_truth\ntest_0001.png,Lua\n')
    dataset = build(competition, ann_file='test.csv', data_prefix='test', solution='solution.csv')
    assert [info['identity'] for info in infos(dataset)] == [None, 'Lua', None, None]


def test_solution_table_is_a_data_set_of_its_own(competition):
    dataset = build(competition, ann_file='solution.csv', data_prefix='test')
    assert dataset.metainfo['classes'] == ('Abril', 'Lua', 'Stranger', 'Ti')


@pytest.mark.parametrize('serialize_data', [True, False])
def test_it_behaves_as_an_mm_data_set(competition, serialize_data):
    dataset = build(competition, lazy_init=True, serialize_data=serialize_data)
    assert 'classes' not in dataset.metainfo
    dataset.full_init()
    assert len(dataset) == 10
    assert dataset.get_data_info(-1)['sample_idx'] == 9
    assert [info['image_name'] for info in infos(dataset.get_subset([3, 1]))] == ['train_0003.png', 'train_0001.png']
    assert len(build(competition, indices=4)) == 4
    copy = pickle.loads(pickle.dumps(dataset))
    assert infos(copy) == infos(dataset)
    assert copy.split_record() == {'all': [f'train_{i:04d}.png' for i in range(10)]}


def test_samples_go_through_the_pipeline_with_shared_donors(competition):
    pipeline = [{'type': 'LoadRGBA'}, lambda results: results]
    dataset = build(competition, subset='train', pipeline=pipeline)
    first, second = dataset[0], dataset[1]
    assert first['img'].shape == (18, 24, 4)
    assert first['background_donors'] is second['background_donors']
    assert list(first['background_donors']) == [info['img_path'] for info in infos(dataset)]
    assert 'background_donors' not in dataset.get_data_info(0)


def test_further_columns_and_a_byte_order_mark_are_accepted(competition):
    rows = '\ufefffilename,camera,ground_truth\ntrain_0000.png,7,Lua\ntrain_0005.png,8,Abril\n'
    (competition / 'train.csv').write_text(rows, encoding='utf-8')
    assert list(build(competition).get_gt_labels()) == [1, 0]


def test_an_unknown_image_is_named(competition):
    with open(competition / 'train.csv', 'a') as file:
        file.write('ghost.png,Lua\n')
    with pytest.raises(FileNotFoundError, match=r"train\.csv: 1 of 11 .*'ghost\.png'"):
        build(competition)


@pytest.mark.parametrize(
    ('options', 'error', 'message'),
    [
        ({'ann_file': 'gone.csv'}, FileNotFoundError, r'gone\.csv'),
        ({'ann_file': 'gone.csv', 'solution': 'solution.csv'}, FileNotFoundError, r'gone\.csv: no such table'),
        ({'data_prefix': 'trian'}, FileNotFoundError, r'10 of 10.*trian'),
        ({'subset': 'test'}, ValueError, r"subset must be one of 'train', 'val', 'both' or None, got 'test'"),
        ({'subset': 'val', 'val_fraction': 1.5}, ValueError, 'val_fraction'),
        (
            {'ann_file': 'test.csv', 'data_prefix': 'test', 'subset': 'val'},
            ValueError,
            r"test\.csv: subset='val' needs",
        ),
        ({'solution': 'solution.csv'}, ValueError, r"train\.csv: solution='solution\.csv' is for a pair table"),
        (
            {'ann_file': 'test.csv', 'data_prefix': 'test', 'solution': 'test.csv'},
            TableError,
            r"test\.csv: column 'filename' is missing",
        ),
    ],
)
def test_a_wrong_config_names_its_key(competition, options, error, message):
    with pytest.raises(error, match=message):
        build(competition, **options)


def test_the_competition_s_own_table_splits_by_identity(shared_data, tmp_path):
    names = np.loadtxt(shared_data / 'kaggle_csv' / 'train.csv', delimiter=',', skiprows=1, dtype=str)[:, 0]
    (tmp_path / 'train').mkdir()
    for name in names:
        (tmp_path / 'train' / name).touch()
    val = build(tmp_path, ann_file=str(shared_data / 'kaggle_csv' / 'train.csv'), subset='val')
    assert len(val.metainfo['classes']) == 31
    assert set(val.get_gt_labels()) == set(range(31))
    assert abs(len(val) - 0.2 * 1895) < 10
