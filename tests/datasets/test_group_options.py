"""The options of the data sets that keep near-duplicates together."""

import pytest

from jaguar_mm.datasets.tables import TableError
from jaguar_mm.registry import DATASETS
from tests.datasets.conftest import TEST, TRAIN, write_table

GROUPS = dict(zip(TRAIN, ['a', 'a', 'a', 'b', 'c', 'd', 'd', 'e', 'e', 'f'], strict=True))


@pytest.fixture
def root(competition):
    write_table(competition / 'groups.csv', ('filename', 'group'), GROUPS.items())
    return competition


def build(root, **options):
    return DATASETS.build({'type': 'JaguarReID', 'data_root': str(root), **options})


def infos(dataset):
    return [dataset.get_data_info(i) for i in range(len(dataset))]


def test_records_have_their_group(root):
    assert {info['image_name']: info['group'] for info in infos(build(root, groups='groups.csv'))} == GROUPS
    assert all('group' not in info for info in infos(build(root)))


@pytest.mark.parametrize('options', [{'val_fraction': 0.4}, {'fold': 0, 'folds': 2}, {'fold': 1, 'folds': 2}])
@pytest.mark.parametrize('seed', range(4))
def test_subsets_part_no_group_and_agree(root, options, seed):
    options = {'groups': 'groups.csv', 'split_seed': seed, **options}
    train, val = build(root, subset='train', **options), build(root, subset='val', **options)
    assert {info['image_name'] for info in infos(train) + infos(val)} == set(TRAIN)
    assert len(train) + len(val) == len(TRAIN)
    assert not {info['group'] for info in infos(train)} & {info['group'] for info in infos(val)}
    assert {'Lua', 'Abril'} <= {info['identity'] for info in infos(train)}
    assert train.metainfo['classes'] == val.metainfo['classes'] == ('Abril', 'Lua', 'Ti')
    assert train.split_record() == val.split_record()


def test_folds_take_turns(root):
    held_out = [build(root, subset='val', fold=fold, folds=5).split_record()['val'] for fold in range(5)]
    assert sorted(name for names in held_out for name in names) == sorted(TRAIN)


def test_a_pair_table_may_have_groups(root):
    write_table(root / 'test_groups.csv', ('filename', 'group'), ((name, 'x') for name in TEST))
    dataset = build(root, ann_file='test.csv', data_prefix='test', groups='test_groups.csv')
    assert {info['group'] for info in infos(dataset)} == {'x'}


@pytest.mark.parametrize(
    ('options', 'error', 'message'),
    [
        ({'groups': 'gone.csv'}, FileNotFoundError, r'gone\.csv'),
        ({'groups': 'train.csv'}, TableError, "column 'group' is missing"),
        ({'ann_file': 'test.csv', 'data_prefix': 'test', 'groups': 'groups.csv'}, TableError, 'no group for 4 of 4'),
        ({'fold': 0}, ValueError, "fold=0 needs subset='train' or 'val'"),
        ({'fold': 5, 'subset': 'val'}, ValueError, 'fold=5 and folds=5'),
        ({'fold': 0, 'folds': 6, 'subset': 'val'}, ValueError, 'no identity has more than 5 images'),
    ],
)
def test_a_wrong_option_is_named(root, options, error, message):
    with pytest.raises(error, match=message):
        build(root, **options)


def test_a_metadata_table_names_its_group_column(root):
    rows = [(f'train_{i:04d}.png', 'Lua', 'train', 's1' if i else '') for i in range(3)]
    write_table(root / 'metadata.csv', ('path', 'identity', 'split', 'sighting'), rows)
    options = {'type': 'MetadataReID', 'data_root': str(root), 'data_prefix': 'train'}
    dataset = DATASETS.build({**options, 'group_column': 'sighting'})
    assert [info.get('group') for info in infos(dataset)] == [None, 's1', 's1']
    assert all('group' not in info for info in infos(DATASETS.build(options)))
    with pytest.raises(TableError, match="column 'burst' of group_column is missing"):
        DATASETS.build({**options, 'group_column': 'burst'})


@pytest.mark.parametrize('options', [{'val_fraction': 0.4}, {'fold': 0, 'folds': 2}])
def test_both_parts_are_queries_and_their_gallery(root, options):
    options = {'groups': 'groups.csv', **options}
    train, val, both = (build(root, subset=subset, **options) for subset in ('train', 'val', 'both'))
    roles = {info['image_name']: info['role'] for info in infos(both)}
    assert [name for name, role in roles.items() if role == 'gallery'] == [info['image_name'] for info in infos(train)]
    assert {name for name, role in roles.items() if role == 'query'} == {info['image_name'] for info in infos(val)}
    assert len(roles) == len(TRAIN)
    assert all('role' not in info for info in infos(train) + infos(val))
