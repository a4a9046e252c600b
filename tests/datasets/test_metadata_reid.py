from collections import Counter

import pytest

from jaguar_mm.datasets.tables import TableError
from jaguar_mm.registry import DATASETS

ROWS = """image_id,identity,path,split,side,sighting,disjoint
0,n1,images/n1/a.png,train,left,s1,train
1,n1,images/n1/b.png,train,right,s1,train
2,n2,images/n2/a.png,train,left,,test
3,n1,images/n1/c.png,test,left,s2,train
4,n3,images/n3/a.png,test,right,s3,test
"""


@pytest.fixture
def root(tmp_path):
    (tmp_path / 'metadata.csv').write_text(ROWS)
    for line in ROWS.splitlines()[1:]:
        path = tmp_path / line.split(',')[2]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def build(root, **options):
    return DATASETS.build({'type': 'MetadataReID', 'data_root': str(root), **options})


def infos(dataset):
    return [dataset.get_data_info(i) for i in range(len(dataset))]


def test_defaults_take_the_training_split(root):
    dataset = build(root)
    assert [info['image_name'] for info in infos(dataset)] == ['images/n1/a.png', 'images/n1/b.png', 'images/n2/a.png']
    assert infos(dataset)[0]['img_path'] == str(root / 'images/n1/a.png')
    assert dataset.metainfo['classes'] == ('n1', 'n2')
    assert list(dataset.get_gt_labels()) == [0, 0, 1]
    assert not {'flank', 'encounter', 'role'} & infos(dataset)[0].keys()


def test_a_single_text_is_one_value(root):
    one = build(root, splits='test', class_columns='side')
    several = build(root, splits=['test'], class_columns=['side'])
    assert infos(one) == infos(several)
    assert one.metainfo == several.metainfo
    apart = dict(split_column='disjoint', splits='train', group_column='identity')
    assert len(build(root, apart_from='test', **apart)) == len(build(root, apart_from=['test'], **apart)) == 3


def test_without_a_split_called_train_all_rows_make_the_classes(root):
    (root / 'metadata.csv').write_text(ROWS.replace(',train,', ',database,').replace(',test,', ',query,'))
    for split in ('database', 'query'):
        assert build(root, splits=split).metainfo['classes'] == ('n1', 'n2', 'n3')
    with pytest.raises(TableError, match=r"no row has split 'train', only \['database', 'query'\]; set splits"):
        build(root)


def test_each_flank_can_be_a_class_of_its_own(root):
    dataset = build(root, splits=('train', 'test'), class_columns=('identity', 'side'))
    assert dataset.metainfo['classes'] == ('n1/left', 'n1/right', 'n2/left')
    assert [info.get('gt_label') for info in infos(dataset)] == [0, 1, 2, 0, None]
    assert [info['identity'] for info in infos(dataset)] == ['n1', 'n1', 'n2', 'n1', 'n3']


def test_test_split_has_the_training_classes(root):
    dataset = build(root, splits=('test',))
    assert dataset.metainfo['classes'] == ('n1', 'n2')
    assert [info.get('gt_label') for info in infos(dataset)] == [0, None]


def test_given_classes_win(root):
    dataset = build(root, classes=['n3', 'n1'], splits=['test'])
    assert list(dataset.get_gt_labels()) == [1, 0]


def test_optional_columns_and_roles(root):
    roles = {'test': 'query', 'train': 'gallery'}
    dataset = build(root, splits=('train', 'test'), flank_column='side', encounter_column='sighting', roles=roles)
    assert [info['flank'] for info in infos(dataset)] == ['left', 'right', 'left', 'left', 'right']
    assert [info.get('encounter') for info in infos(dataset)] == ['s1', 's1', None, 's2', 's3']
    assert [info['role'] for info in infos(dataset)] == ['gallery'] * 3 + ['query'] * 2


def test_another_split_column(root):
    dataset = build(root, split_column='disjoint', splits=('test',))
    assert [info['identity'] for info in infos(dataset)] == ['n2', 'n3']
    assert dataset.metainfo['classes'] == ('n1',)


def test_split_record_names_the_parts_taken(root):
    record = build(root, splits=('train', 'test')).split_record()
    assert record['test'] == ['images/n1/c.png', 'images/n3/a.png']
    assert len(record['train']) == 3


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'splits': ('val',)}, r"no row has split 'val', only \['test', 'train'\]"),
        ({'split_column': 'fold'}, "column 'fold' is missing"),
        ({'class_columns': ('identity', 'flank')}, "column 'flank' is missing"),
        ({'flank_column': 'flank'}, "column 'flank' of flank_column is missing"),
    ],
)
def test_a_wrong_column_or_split_is_named_with_the_file(root, options, message):
    with pytest.raises(TableError, match=rf'metadata\.csv: {message}'):
        build(root, **options)


def test_a_path_that_comes_twice_is_refused(root):
    with open(root / 'metadata.csv', 'a') as file:
        file.write('5,n2,images/n1/a.png,test,left,s9,test\n')
    with pytest.raises(TableError, match=r"line 7 repeats path 'images/n1/a\.png' of line 2"):
        build(root)


ANY = """photo,animal,eye,burst
a.png,n1,left,g1
b.png,n1,left,g1
c.png,,right,
d.png,unknown,left,g2
e.png,n2,right,
f.png,n1,left,
g.png,n2,right,g3
"""
COLUMNS = {'path_column': 'photo', 'identity_column': 'animal', 'split_column': None, 'group_column': 'burst'}


@pytest.fixture
def any_table(tmp_path):
    (tmp_path / 'any.csv').write_text(ANY)
    for name in 'abcdefg':
        (tmp_path / f'{name}.png').touch()
    return tmp_path


def test_any_table_whose_columns_are_named(any_table):
    dataset = build(any_table, ann_file='any.csv', flank_column='eye', unknown='unknown', **COLUMNS)
    assert [info['image_name'] for info in infos(dataset)] == [f'{name}.png' for name in 'abcdefg']
    assert [info['identity'] for info in infos(dataset)] == ['n1', 'n1', None, None, 'n2', 'n1', 'n2']
    assert [info.get('gt_label') for info in infos(dataset)] == [0, 0, None, None, 1, 0, 1]
    assert [info.get('group') for info in infos(dataset)] == ['g1', 'g1', None, 'g2', None, None, 'g3']
    assert infos(dataset)[2]['flank'] == 'right'
    assert dataset.metainfo['classes'] == ('n1', 'n2')
    assert dataset.split_record() == {'all': [f'{name}.png' for name in 'abcdefg']}
    named = build(any_table, ann_file='any.csv', unknown=[], **COLUMNS)
    assert infos(named)[3]['identity'] == 'unknown'


def test_a_table_without_a_split_is_cut_by_identity_and_group(any_table):
    options = {'ann_file': 'any.csv', 'unknown': 'unknown', **COLUMNS}
    parts = {subset: build(any_table, subset=subset, **options) for subset in ('train', 'val')}
    record = parts['train'].split_record()
    assert record['unknown'] == ['c.png', 'd.png']
    assert sorted(record['train'] + record['val']) == ['a.png', 'b.png', 'e.png', 'f.png', 'g.png']
    assert ('a.png' in record['val']) == ('b.png' in record['val'])
    assert {info['identity'] for info in infos(parts['train'])} == {'n1', 'n2'}
    assert parts['val'].metainfo['classes'] == ('n1', 'n2')


def test_a_part_of_the_training_split_can_be_held_out(root):
    with open(root / 'metadata.csv', 'a') as file:
        file.writelines(f'{i},n2,images/n2/a{i}.png,train,left,,train\n' for i in range(9, 19))
    for i in range(9, 19):
        (root / f'images/n2/a{i}.png').touch()
    record = build(root, subset='train').split_record()
    assert not {'images/n1/c.png', 'images/n3/a.png'} & {*record['train'], *record['val']}
    assert len(record['val']) == 2  # of n2 a fifth of eleven, of n1 none: two images are too few
    by_flank = build(root, subset='train', class_columns=('identity', 'side')).split_record()
    assert {'images/n1/a.png', 'images/n1/b.png'} <= {*by_flank['train']}  # the only one of its flank each


def test_a_table_that_knows_nobody_cannot_be_cut(any_table):
    (any_table / 'any.csv').write_text('photo,animal,burst\na.png,,\nb.png,,\n')
    assert 'classes' not in build(any_table, ann_file='any.csv', **COLUMNS).metainfo
    with pytest.raises(ValueError, match=r"any\.csv: subset='val' needs images of known identity"):
        build(any_table, ann_file='any.csv', subset='val', **COLUMNS)


@pytest.mark.parametrize('column', ['path', 'identity', 'group'])
def test_a_column_that_is_not_there_is_named(any_table, column):
    with pytest.raises(TableError, match=r"any\.csv: column 'gone'.* is missing; the header reads 'photo,animal"):
        build(any_table, ann_file='any.csv', **{**COLUMNS, f'{column}_column': 'gone'})


def test_a_published_split_can_be_trained_on_without_near_duplicates_of_its_test_images(any_table):
    table = 'path,identity,split,group\n'
    table += 'a.png,n1,train,g1\nb.png,n1,train,g2\nc.png,n2,train,\nd.png,n1,test,g2\ne.png,n2,test,\n'
    (any_table / 'metadata.csv').write_text(table)
    apart = build(any_table, group_column='group', apart_from=['test'])
    assert [info['image_name'] for info in infos(apart)] == ['a.png', 'c.png']
    assert apart.split_record() == {'train': ['a.png', 'c.png']}
    assert apart.metainfo['classes'] == ('n1', 'n2')


def test_classes_do_not_depend_on_what_is_left_out(any_table):
    table = 'path,identity,split,group\na.png,n1,train,g1\nb.png,n2,train,g2\nc.png,n1,test,g1\n'
    (any_table / 'metadata.csv').write_text(table)
    apart = build(any_table, group_column='group', apart_from=['test'])
    assert [info['identity'] for info in infos(apart)] == ['n2']
    assert apart.metainfo['classes'] == ('n1', 'n2')


@pytest.mark.parametrize('missing', ['group_column', 'split_column'])
def test_to_stay_apart_needs_groups_and_splits(any_table, missing):
    columns = {'group_column': 'burst', 'split_column': 'eye', missing: None}
    with pytest.raises(ValueError, match=r"apart_from=\['test'\] needs group_column and split_column"):
        build(any_table, ann_file='any.csv', apart_from=['test'], **columns)


def test_nyala(shared_data):
    columns = {'flank_column': 'side', 'encounter_column': 'sighting'}
    train = build(shared_data / 'nyala', class_columns=('identity', 'side'), **columns)
    assert len(train) == 1514
    assert len(train.metainfo['classes']) == 417
    roles = {'test': 'query', 'train': 'gallery'}
    whole = build(shared_data / 'nyala', splits=('train', 'test'), roles=roles, **columns)
    assert Counter(info['role'] for info in infos(whole)) == {'gallery': 1514, 'query': 428}
    assert len(whole.metainfo['classes']) == 237
    assert all('gt_label' in info for info in infos(whole))


def test_cattle(shared_data):
    train = build(shared_data / 'opencows', subset='train')
    val = build(shared_data / 'opencows', subset='val')
    assert len(train) + len(val) == 3789
    assert len(train.metainfo['classes']) == len({info['identity'] for info in infos(train)}) == 46
