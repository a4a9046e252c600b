import pytest

from jaguar_mm.datasets import PictureFolder
from jaguar_mm.datasets.csv_gate import TableError


def test_pictures_are_listed_by_their_path_below_the_folder(tmp_path):
    for name in ('b.png', 'deep/er/a.JPG', 'notes.txt'):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    dataset = PictureFolder(str(tmp_path))
    records = [dataset.get_data_info(i) for i in range(len(dataset))]
    assert [record['image_name'] for record in records] == ['b.png', 'deep/er/a.JPG']
    assert records[1]['img_path'] == str(tmp_path / 'deep/er/a.JPG')
    assert records[0]['identity'] is None


def test_a_folder_without_pictures_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=str(tmp_path)):
        PictureFolder(str(tmp_path))


def test_a_folder_named_like_a_picture_is_none(tmp_path):
    (tmp_path / 'a.png').mkdir()
    (tmp_path / 'a.png' / 'b.png').touch()
    dataset = PictureFolder(str(tmp_path))
    assert [dataset.get_data_info(i)['image_name'] for i in range(len(dataset))] == ['a.png/b.png']


def test_a_picture_that_leads_out_is_refused_by_name(tmp_path):
    (tmp_path / 'secret.png').touch()
    (tmp_path / 'pictures').mkdir()
    (tmp_path / 'pictures' / 'a.png').symlink_to(tmp_path / 'secret.png')
    with pytest.raises(TableError, match=rf'^{tmp_path}/pictures: .*a\.png leads to .*secret\.png'):
        PictureFolder(str(tmp_path / 'pictures'))
