from unicodedata import normalize

import pytest

from jaguar_mm.datasets.images import locate_images
from jaguar_mm.storage.csv_gate import TableError

NAMES = ['a.png', 'deep/b.png']


def place(folder, names=NAMES):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_flat(tmp_path):
    place(tmp_path / 'train')
    found = locate_images(str(tmp_path / 'train'), NAMES, 'train.csv')
    assert found == [str(tmp_path / 'train' / name) for name in NAMES]


@pytest.mark.parametrize('ending', ['', '/'])
def test_nested(tmp_path, ending):
    place(tmp_path / 'train' / 'train')
    found = locate_images(f'{tmp_path}/train{ending}', NAMES, 'train.csv')
    assert [tmp_path / 'train' / 'train' / name for name in NAMES] == [type(tmp_path)(path) for path in found]


def test_an_unfinished_nested_copy_does_not_hide_a_whole_flat_one(tmp_path):
    place(tmp_path / 'train')
    place(tmp_path / 'train' / 'train', NAMES[:1])
    assert locate_images(str(tmp_path / 'train'), NAMES, 'train.csv')[1] == str(tmp_path / 'train' / NAMES[1])


@pytest.mark.parametrize(('there', 'message'), [(NAMES[:1], r"1 of 2 .* 'deep/b\.png'"), ([], r"2 of 2 .* 'a\.png'")])
def test_missing_images_are_named_with_the_places_looked_in(tmp_path, there, message):
    place(tmp_path / 'train', there)
    with pytest.raises(FileNotFoundError, match=message) as caught:
        locate_images(str(tmp_path / 'train'), NAMES, 'tables/train.csv')
    assert str(caught.value).startswith('tables/train.csv: ')
    assert str(tmp_path / 'train' / 'train') in str(caught.value)
    assert 'data_root' in str(caught.value)


def test_images_that_the_table_does_not_name_are_left_alone(tmp_path):
    place(tmp_path / 'train', [*NAMES, 'more.png', 'deep/more.png', 'notes.txt'])
    assert locate_images(str(tmp_path / 'train'), NAMES, 'train.csv')[0] == str(tmp_path / 'train' / 'a.png')


def test_a_folder_is_no_image(tmp_path):
    place(tmp_path / 'train', ['a.png/inside.png'])
    with pytest.raises(FileNotFoundError, match=r"1 of 1 .* 'a\.png'"):
        locate_images(str(tmp_path / 'train'), ['a.png'], 'train.csv')


@pytest.mark.parametrize(('table_form', 'disk_form'), [('NFC', 'NFD'), ('NFD', 'NFC')])
@pytest.mark.parametrize('nested', [True, False])
def test_accents_may_be_encoded_in_another_way_on_the_disk(tmp_path, table_form, disk_form, nested):
    name = 'Iñaki/über à.png'
    folder = tmp_path / 'train' / 'train' if nested else tmp_path / 'train'
    place(folder, [normalize(disk_form, name)])
    (path,) = locate_images(str(tmp_path / 'train'), [normalize(table_form, name)], 'train.csv')
    assert path == str(folder / normalize(disk_form, name))


def test_the_disk_s_own_spelling_comes_first(tmp_path):
    names = [normalize(form, 'Iñaki.png') for form in ('NFC', 'NFD')]
    place(tmp_path / 'train', names)
    for name in names:
        assert locate_images(str(tmp_path / 'train'), [name], 'train.csv') == [str(tmp_path / 'train' / name)]


def test_absent_images_with_accents_are_missing(tmp_path):
    place(tmp_path / 'train', ['Iñaki/b.png'])
    with pytest.raises(FileNotFoundError, match=r'3 of 3'):
        locate_images(str(tmp_path / 'train'), ['Iñaki/a.png', 'Iñaki', 'ñ/ñ.png'], 'train.csv')


class TestLinks:
    @pytest.fixture
    def outside(self, tmp_path):
        place(tmp_path / 'elsewhere')
        return tmp_path / 'elsewhere'

    @pytest.fixture
    def train(self, tmp_path):
        (tmp_path / 'train' / 'deep').mkdir(parents=True)
        return tmp_path / 'train'

    def test_the_folder_itself_may_be_one(self, outside, tmp_path):
        (tmp_path / 'train').symlink_to(outside, target_is_directory=True)
        found = locate_images(str(tmp_path / 'train'), NAMES, 'train.csv')
        assert found == [str(tmp_path / 'train' / name) for name in NAMES]

    def test_a_folder_above_may_be_one(self, outside, tmp_path):
        (tmp_path / 'data').symlink_to(tmp_path, target_is_directory=True)
        found = locate_images(str(tmp_path / 'data' / 'elsewhere'), NAMES, 'train.csv')
        assert found == [str(tmp_path / 'data' / 'elsewhere' / name) for name in NAMES]

    def test_inside_the_folder_they_are_followed(self, train):
        place(train, ['store/1.png'])
        (train / 'a.png').symlink_to(train / 'store' / '1.png')
        (train / 'deep' / 'b.png').symlink_to('../a.png')
        assert len(locate_images(str(train), NAMES, 'train.csv')) == 2

    @pytest.mark.parametrize('relative', [True, False])
    def test_an_image_may_not_lead_out(self, train, outside, relative):
        place(train, NAMES[:1])
        (train / 'deep' / 'b.png').symlink_to('../../elsewhere/a.png' if relative else outside / 'a.png')
        with pytest.raises(TableError, match=r'train\.csv: .*b\.png leads to .*a\.png, outside .*data_prefix'):
            locate_images(str(train), NAMES, 'train.csv')

    def test_nor_may_a_folder_inside(self, train, outside):
        place(train, NAMES[:1])
        (train / 'deep').rmdir()
        (train / 'deep').symlink_to(outside / 'deep', target_is_directory=True)
        with pytest.raises(TableError, match=r'b\.png leads to'):
            locate_images(str(train), NAMES, 'train.csv')

    def test_nor_to_a_folder_whose_name_goes_on(self, train, tmp_path):
        place(tmp_path / 'training', NAMES[:1])
        (train / 'a.png').symlink_to(tmp_path / 'training' / 'a.png')
        with pytest.raises(TableError, match=r'a\.png leads to'):
            locate_images(str(train), NAMES[:1], 'train.csv')

    def test_names_that_no_table_lets_in_do_not_lead_out_either(self, train, outside):
        for name in ('../elsewhere/a.png', str(outside / 'a.png')):
            with pytest.raises(TableError, match='outside'):
                locate_images(str(train), [name], 'train.csv')

    def test_a_broken_link_and_a_circle_are_missing(self, train):
        (train / 'a.png').symlink_to('gone.png')
        (train / 'deep' / 'b.png').symlink_to('b.png')
        with pytest.raises(FileNotFoundError, match='2 of 2'):
            locate_images(str(train), NAMES, 'train.csv')
