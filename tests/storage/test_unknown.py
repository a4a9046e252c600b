"""Nobody is an animal in no data set: not a blank, and not what a table writes for an unknown one."""

import json

import pytest

from jaguar_mm.registry import DATASETS
from jaguar_mm.storage.csv_gate import TableError

SPELLINGS = ['____', '_', 'unknown', 'Unknown', 'UNIDENTIFIED', 'unidentifiable', 'not_identified', 'NA', 'N/A', 'n.a.']
SPELLINGS += ['NaN', 'none', 'NULL', '?', '??', '-', '--', '-1', 'desconhecido']
NAMES = ['Nala', 'Nana', 'Unka', 'Noneh', '0', '1', 'A-1', 'unknown_7', 'ID?7']


def identities(who):
    """Of six images: two animals, and three images of ``who``."""
    return ['Lua', 'Lua', who, 'Abril', who, who]


def in_folders(root, who):
    for place, identity in enumerate(identities(who)):
        (root / identity).mkdir(exist_ok=True)
        (root / identity / f'{place}.png').touch()
    return dict(type='IdentityFolder')


def in_a_table(root, who):
    touch(root)
    lines = [f'{place}.png,{identity}' for place, identity in enumerate(identities(who))]
    (root / 'metadata.csv').write_text('\n'.join(['path,identity', *lines]))
    return dict(type='MetadataReID', split_column=None)


def in_the_competition(root, who):
    touch(root / 'train')
    lines = [f'{place}.png,{identity}' for place, identity in enumerate(identities(who))]
    (root / 'train.csv').write_text('\n'.join(['filename,ground_truth', *lines]))
    return dict(type='JaguarReID')


def in_a_solution(root, who):
    touch(root / 'test')
    (root / 'test.csv').write_text(
        'row_id,query_image,gallery_image\n' + '\n'.join(f'{i},0.png,{i}.png' for i in range(1, 6))
    )
    lines = [f'{place}.png,{identity}' for place, identity in enumerate(identities(who))]
    (root / 'solution.csv').write_text('\n'.join(['filename,ground_truth', *lines]))
    return dict(type='JaguarReID', ann_file='test.csv', data_prefix='test', solution='solution.csv')


def in_coco(root, who):
    touch(root)
    images = [dict(id=place, file_name=f'{place}.png', width=9, height=9) for place in range(6)]
    found = [
        dict(id=place, image_id=place, bbox=[1, 1, 5, 5], identity=identity)
        for place, identity in enumerate(identities(who))
    ]
    (root / 'annotations.json').write_text(json.dumps(dict(images=images, annotations=found)))
    return dict(type='CocoReID')


def touch(folder):
    folder.mkdir(exist_ok=True)
    for place in range(6):
        (folder / f'{place}.png').touch()


EVERYWHERE = [in_folders, in_a_table, in_the_competition, in_a_solution, in_coco]


def built(root, made, who, **options):
    return DATASETS.build(dict(data_root=str(root)) | made(root, who) | options)


def infos(dataset):
    return [dataset.get_data_info(place) for place in range(len(dataset))]


def known(dataset):
    return sorted(str(info['identity']) for info in infos(dataset))


@pytest.mark.parametrize('made', EVERYWHERE)
@pytest.mark.parametrize('who', SPELLINGS)
def test_a_usual_spelling_is_asked_about_with_its_number_and_both_answers(tmp_path, made, who):
    if made is in_folders and '/' in who:
        pytest.skip('no name of a folder')
    with pytest.raises(TableError) as caught:
        built(tmp_path, made, who)
    said = str(caught.value)
    assert said.startswith(str(tmp_path))
    assert f"is '{who}' in 3 of 6 " in said
    assert f"unknown=['{who}']" in said
    assert 'unknown=[]' in said
    assert '\n' not in said


@pytest.mark.parametrize('made', EVERYWHERE)
@pytest.mark.parametrize('unknown', [['____'], '____', ('other', '____')])
def test_what_the_user_calls_unknown_is_no_animal(tmp_path, made, unknown):
    dataset = built(tmp_path, made, '____', unknown=unknown)
    assert known(dataset) == ['Abril', 'Lua', 'Lua', 'None', 'None', 'None']
    assert '____' not in dataset.metainfo.get('classes', ())
    assert [info.get('gt_label') for info in infos(dataset) if info['identity'] is None] == [None] * 3


@pytest.mark.parametrize('made', EVERYWHERE)
def test_the_case_does_not_matter(tmp_path, made):
    assert known(built(tmp_path, made, 'Unknown', unknown=['unKNOWN'])).count('None') == 3


@pytest.mark.parametrize('made', EVERYWHERE)
@pytest.mark.parametrize(('who', 'options'), [('NA', dict(unknown=[])), *((name, {}) for name in NAMES)])
def test_a_name_is_a_name(tmp_path, made, who, options):
    dataset = built(tmp_path, made, who, **options)
    assert known(dataset).count(who) == 3
    if made is not in_a_solution:
        assert who in dataset.metainfo['classes']


@pytest.mark.parametrize('made', EVERYWHERE)
def test_classes_of_the_config_hold(tmp_path, made):
    dataset = built(tmp_path, made, '____', unknown=['____'], classes=['Lua', 'Ti', 'Abril'])
    labels = {info['identity']: info.get('gt_label') for info in infos(dataset)}
    assert labels == {'Lua': 0, 'Abril': 2, None: None}


@pytest.mark.parametrize('made', [in_folders, in_a_table, in_the_competition, in_coco])
def test_nobody_is_in_neither_part(tmp_path, made):
    four = lambda who: ['Lua'] * 4 + [who] * 2  # noqa: E731
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(globals(), 'identities', four)
        parts = [built(tmp_path, made, '____', unknown=['____'], subset=subset) for subset in ('train', 'val')]
    assert [known(part) for part in parts] == [['Lua'] * 2] * 2
    assert len(parts[0].split_record()['unknown']) == 2


@pytest.mark.parametrize('blank', [None, '', float('nan')])
def test_null_and_nan_in_json_are_blank(tmp_path, blank):
    dataset = built(tmp_path, in_coco, blank)
    assert known(dataset) == ['Abril', 'Lua', 'Lua', 'None', 'None', 'None']
    assert dataset.metainfo['classes'] == ('Abril', 'Lua')


def test_two_spellings_and_other_columns_are_asked_about_at_once(tmp_path):
    touch(tmp_path)
    rows = ['0.png,A,left', '1.png,n/a,left', '2.png,____,?', '3.png,____,right', '4.png,A,?', '5.png,,']
    (tmp_path / 'metadata.csv').write_text('\n'.join(['path,identity,side', *rows]))
    table = dict(type='MetadataReID', data_root=str(tmp_path), split_column=None, flank_column='side')
    with pytest.raises(TableError) as caught:
        DATASETS.build(table)
    assert (
        "identity is 'n/a' in 1 of 6 rows, identity is '____' in 2 of 6 rows, side is '?' in 2 of 6 rows, which"
    ) in str(caught.value)
    assert "unknown=['?', '____', 'n/a']" in str(caught.value)
    dataset = DATASETS.build(table | dict(unknown=['?', '____', 'n/a']))
    assert [info['identity'] for info in infos(dataset)] == ['A', None, None, None, 'A', None]
    assert [info.get('flank') for info in infos(dataset)] == ['left', 'left', None, 'right', None, None]
    by_flank = table | dict(unknown=['?', '____', 'n/a'], class_columns=('identity', 'side'))
    with pytest.raises(TableError, match='line 7 has no value'):
        DATASETS.build(by_flank)
    (tmp_path / 'metadata.csv').write_text('\n'.join(['path,identity,side', *rows[:-1]]))
    dataset = DATASETS.build(by_flank)
    assert dataset.metainfo['classes'] == ('A/left',)
    assert [info.get('gt_label') for info in infos(dataset)] == [0, None, None, None, None]


@pytest.mark.parametrize('unknown', [[None], [7], [['____']]])
def test_an_answer_that_is_no_list_of_texts_is_refused(tmp_path, unknown):
    with pytest.raises(ValueError, match=r"dataset\.unknown must be a list of texts such as \['____'\]"):
        built(tmp_path, in_a_table, 'Ti', unknown=unknown)
