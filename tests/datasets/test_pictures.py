import pytest

from jaguar_mm.datasets.pictures import locate_pictures

NAMES = ['a.png', 'deep/b.png']


def place(folder, names=NAMES):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_flat(tmp_path):
    place(tmp_path / 'train')
    found = locate_pictures(str(tmp_path / 'train'), NAMES, 'train.csv')
    assert found == [str(tmp_path / 'train' / name) for name in NAMES]


@pytest.mark.parametrize('ending', ['', '/'])
def test_nested(tmp_path, ending):
    place(tmp_path / 'train' / 'train')
    found = locate_pictures(f'{tmp_path}/train{ending}', NAMES, 'train.csv')
    assert [tmp_path / 'train' / 'train' / name for name in NAMES] == [type(tmp_path)(path) for path in found]


def test_an_unfinished_nested_copy_does_not_hide_a_whole_flat_one(tmp_path):
    place(tmp_path / 'train')
    place(tmp_path / 'train' / 'train', NAMES[:1])
    assert locate_pictures(str(tmp_path / 'train'), NAMES, 'train.csv')[1] == str(tmp_path / 'train' / NAMES[1])


@pytest.mark.parametrize(('there', 'message'), [(NAMES[:1], r"1 of 2 .* 'deep/b\.png'"), ([], r"2 of 2 .* 'a\.png'")])
def test_missing_pictures_are_named_with_the_places_looked_in(tmp_path, there, message):
    place(tmp_path / 'train', there)
    with pytest.raises(FileNotFoundError, match=message) as caught:
        locate_pictures(str(tmp_path / 'train'), NAMES, 'tables/train.csv')
    assert str(caught.value).startswith('tables/train.csv: ')
    assert str(tmp_path / 'train' / 'train') in str(caught.value)
    assert 'data_root' in str(caught.value)
