import pytest

from jaguar_mm.datasets import ImageFolder


def test_images_are_listed_by_their_path_below_the_folder(tmp_path):
    for name in ('b.png', 'deep/er/a.JPG', 'notes.txt'):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    dataset = ImageFolder(str(tmp_path))
    records = [dataset.get_data_info(i) for i in range(len(dataset))]
    assert [record['image_name'] for record in records] == ['b.png', 'deep/er/a.JPG']
    assert records[1]['img_path'] == str(tmp_path / 'deep/er/a.JPG')
    assert records[0]['identity'] is None


def test_a_folder_without_images_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=str(tmp_path)):
        ImageFolder(str(tmp_path))


def test_a_folder_named_like_an_image_is_none(tmp_path):
    (tmp_path / 'a.png').mkdir()
    (tmp_path / 'a.png' / 'b.png').touch()
    dataset = ImageFolder(str(tmp_path))
    assert [dataset.get_data_info(i)['image_name'] for i in range(len(dataset))] == ['a.png/b.png']


def test_links_are_followed_wherever_they_lead(tmp_path):
    (tmp_path / 'store').mkdir()
    (tmp_path / 'store' / 'b.png').touch()
    (tmp_path / 'images').mkdir()
    (tmp_path / 'images' / 'a.png').symlink_to(tmp_path / 'store' / 'b.png')
    (tmp_path / 'images' / 'disk 2').symlink_to(tmp_path / 'store', target_is_directory=True)
    dataset = ImageFolder(str(tmp_path / 'images'))
    infos = [dataset.get_data_info(index) for index in range(len(dataset))]
    assert [info['image_name'] for info in infos] == ['a.png', 'disk 2/b.png']
    assert [info['img_path'] for info in infos] == [f'{tmp_path}/images/a.png', f'{tmp_path}/images/disk 2/b.png']
