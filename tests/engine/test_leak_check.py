from types import SimpleNamespace

import pytest

from jaguar_mm.registry import HOOKS


class Images:
    """A data set of records alone."""

    def __init__(self, **groups):
        self.records = [
            {'image_name': name, 'img_path': f'/images/{name}'} | ({'group': group} if group else {})
            for name, group in groups.items()
        ]

    def __len__(self):
        return len(self.records)

    def get_data_info(self, index):
        return dict(self.records[index])


def check(train, val):
    loader = SimpleNamespace(dataset=val)
    runner = SimpleNamespace(train_dataloader=SimpleNamespace(dataset=train), val_dataloader=loader, val_loop=object())
    HOOKS.build(dict(type='LeakCheckHook')).before_train(runner)


def test_separate_groups_are_fine():
    check(Images(a='1', b='1', c=None), Images(d='2', e='3', f=None))


def test_no_group_is_no_group_in_common():
    train, val = Images(a=None), Images(b=None)
    train.records[0]['group'] = val.records[0]['group'] = None
    check(train, val)


def test_without_groups_only_files_are_compared():
    check(Images(a=None), Images(b=None))
    with pytest.raises(ValueError, match=r'1 of 2 validation images are trained on themselves.*: b \(b\)\. To train'):
        check(Images(a=None, b=None), Images(b=None, c=None))


def test_a_shared_group_is_named_with_both_images():
    with pytest.raises(ValueError, match=r"2 of 3 .*near-duplicates.*: d \(b\), f \(b\)\. .*groups='groups\.csv'"):
        check(Images(a='1', b='2'), Images(d='2', e='3', f='2'))


def test_only_ten_are_named():
    with pytest.raises(ValueError, match=r'^12 of 12 .*: v0 \(a\), .*, v9 \(a\), \.\.\.\. To') as caught:
        check(Images(a='1'), Images(**{f'v{i}': '1' for i in range(12)}))
    assert 'v10' not in str(caught.value)


def test_the_same_name_in_another_folder_is_another_image():
    val = Images(a=None)
    val.records[0]['img_path'] = '/other/a'
    check(Images(a=None), val)


def test_another_path_to_the_same_file_is_found(tmp_path):
    (tmp_path / 'link').symlink_to(tmp_path)
    train, val = Images(a=None), Images(a=None)
    train.records[0]['img_path'], val.records[0]['img_path'] = str(tmp_path / 'a'), str(tmp_path / 'link' / 'a')
    with pytest.raises(ValueError, match='trained on themselves'):
        check(train, val)


class TestContent:
    """Copies under other names, as editors and network disks leave them."""

    @pytest.fixture
    def files(self, tmp_path):
        def make(**contents):
            images = Images(**dict.fromkeys(contents))
            for record in images.records:
                path = tmp_path / record['image_name']
                path.write_bytes(contents[record['image_name']])
                record['img_path'] = str(path)
            return images

        return make

    def test_the_same_bytes_are_the_same_image(self, files):
        train = files(a=b'one', b=b'two', c=b'another')
        with pytest.raises(ValueError, match=r'1 of 3 validation images have the very bytes .*: e \(b\)\. .*delete'):
            check(train, files(d=b'six', e=b'two', f=b'something'))

    def test_other_bytes_of_the_same_length_are_not(self, files):
        check(files(a=b'one', b=b'two'), files(c=b'six', d=b'ten'))

    def test_a_copy_of_a_gallery_image_may_be_trained_on(self, files):
        val = files(c=b'one', d=b'six')
        val.records[0]['role'], val.records[1]['role'] = 'gallery', 'query'
        check(files(a=b'one'), val)

    def test_several_animals_of_one_file_are_read_once(self, files, monkeypatch):
        read = []
        monkeypatch.setattr(
            'jaguar_mm.engine.hooks.leak_check.file_digest', lambda path: read.append(path) or str(path)
        )
        train, val = files(a=b'one'), files(b=b'two')
        train.records *= 3
        check(train, val)
        assert len(read) == 2


def test_a_gallery_may_be_trained_on_but_no_query():
    train, val = Images(a='1', b='2'), Images(a='1', b='2', c='3')
    for record, role in zip(val.records, ['gallery', 'gallery', 'query'], strict=True):
        record['role'] = role
    check(train, val)
    val.records[1]['role'] = 'query'
    with pytest.raises(ValueError, match=r'1 of 2 .*b \(b\)'):
        check(train, val)


def test_no_validation_no_check():
    runner = SimpleNamespace(val_loop=None)
    HOOKS.build(dict(type='LeakCheckHook')).before_train(runner)
