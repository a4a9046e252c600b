import pytest

from jaguar_mm.synthesis.folder import FolderError, whole_folder


def fill(target, content='new', **options):
    with whole_folder(target, **{'overwrite': False, 'signature': ('mark',)} | options) as folder:
        (folder / 'mark').write_text(content)
        assert not target.exists() or (target / 'mark').read_text() != content


def fill_half(target):
    with whole_folder(target, overwrite=True, signature=('mark',)) as folder:
        (folder / 'mark').write_text('half')
        raise ZeroDivisionError


@pytest.mark.parametrize('existing', [False, True], ids=['absent', 'empty'])
def test_a_folder_appears_with_all_that_is_in_it(tmp_path, existing):
    target = tmp_path / 'parent' / 'data'
    if existing:
        target.mkdir(parents=True)
    with whole_folder(target, overwrite=False, signature=()) as folder:
        (folder / 'a').write_text('x')
        assert not (target / 'a').exists()
    assert [path.name for path in target.parent.iterdir()] == ['data']
    assert (target / 'a').read_text() == 'x'


def test_after_an_error_the_old_folder_stays_and_nothing_else(tmp_path):
    target = tmp_path / 'data'
    fill(target, 'old')
    with pytest.raises(ZeroDivisionError):
        fill_half(target)
    assert (target / 'mark').read_text() == 'old'
    assert list(tmp_path.iterdir()) == [target]


def test_only_overwrite_replaces_a_folder_and_then_wholly(tmp_path):
    target = tmp_path / 'data'
    fill(target, 'old')
    (target / 'stale').touch()
    with pytest.raises(FolderError, match='--overwrite'):
        fill(target)
    fill(target, overwrite=True)
    assert [path.name for path in target.iterdir()] == ['mark']
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_of_something_else_is_never_replaced(tmp_path):
    (tmp_path / 'precious').touch()
    with pytest.raises(FolderError, match='has no mark'):
        fill(tmp_path, overwrite=True)
    assert (tmp_path / 'precious').exists()


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / 'data').touch()
    with pytest.raises(FolderError, match='data: is a file'):
        fill(tmp_path / 'data', overwrite=True)
