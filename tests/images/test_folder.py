"""What is listed below a folder, and that nothing is left out unseen."""

import os

import pytest

from jaguar_mm.images.folder import list_images
from jaguar_mm.images.left_out import left_out, sentences


def place(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


@pytest.fixture
def root(tmp_path):
    place(tmp_path / 'lions', 'Lua/a.jpg', 'Lua/day 2/b.PNG', 'Abril/c.avif')
    return tmp_path / 'lions'


def kinds(root):
    return sorted((name, finding.kind) for name, finding in left_out(list_images(root)))


@pytest.mark.parametrize(
    ('file', 'named'),
    [
        ('Lua/.ipynb_checkpoints/a-checkpoint.jpg', 'Lua/.ipynb_checkpoints'),
        ('Lua/.thumbnails/a.jpg', 'Lua/.thumbnails'),
        ('@eaDir/Lua/a.jpg/SYNOPHOTO_THUMB_XL.jpg', '@eaDir'),
        ('__MACOSX/Lua/._a.jpg', '__MACOSX'),
        ('$RECYCLE.BIN/S-1-5/$RA.jpg', '$RECYCLE.BIN'),
        ('$Recycle.Bin/S-1-5/$RA.jpg', '$Recycle.Bin'),
        ('#recycle/a.jpg', '#recycle'),
        ('System Volume Information/a.jpg', 'System Volume Information'),
        ('lost+found/a.png', 'lost+found'),
        ('Lua/._a.jpg', 'Lua/._a.jpg'),
        ('Lua/.a.heic', 'Lua/.a.heic'),
        ('.git/annex/a.jpg', '.git'),
    ],
)
def test_what_is_not_data_is_not_listed_but_named(root, file, named):
    before = list_images(root).names
    place(root, file)
    assert list_images(root).names == before
    assert kinds(root) == [(named, 'no data')]


def test_names_that_only_look_alike_are_data(root):
    names = ['@eaDir 2/a.jpg', 'Lua/a.b.jpg', 'Lua/_a.jpg', 'Lua/recycled.jpg', 'MACOSX/a.jpg', '~Rio/a.jpg']
    place(root, *names)
    assert set(names) <= set(list_images(root).names)
    assert kinds(root) == []


def test_where_the_folder_itself_lies_does_not_count(tmp_path):
    place(tmp_path / '.cache' / '@eaDir' / 'lions', 'Lua/a.jpg')
    assert list_images(tmp_path / '.cache' / '@eaDir' / 'lions').names == ['Lua/a.jpg']


def test_files_of_other_formats_are_named_and_what_is_no_image_is_not(root):
    place(root, 'Lua/d.HEIC', 'Rio/e.nef', 'Rio/f.jp2', 'Lua/notes.txt', 'Lua/map.svg', '.DS_Store', 'desktop.ini')
    assert kinds(root) == [
        ('Lua/d.HEIC', 'format not read'),
        ('Rio', 'no images'),
        ('Rio/e.nef', 'format not read'),
        ('Rio/f.jp2', 'format not read'),
    ]
    whats = {name: finding.what for name, finding in left_out(list_images(root))}
    assert whats['Lua/d.HEIC'] == 'is HEIC, which is not read'
    assert whats['Rio/e.nef'] == "is a camera's raw format, which is not read"


@pytest.fixture
def misnamed(root):
    """Names in Latin-1, as old disks have them; skips where a file system refuses them."""
    try:
        (root / os.fsdecode(b'Lua/caf\xe9.jpg')).touch()
    except OSError:
        pytest.skip('names are UTF-8 here')
    (root / os.fsdecode(b'Lua/caf\xe9.txt')).touch()
    (root / os.fsdecode(b'.\xe9')).mkdir()
    (root / os.fsdecode(b'Jos\xe9 \xc3\xa9')).mkdir()
    place(root / os.fsdecode(b'Jos\xe9 \xc3\xa9'), 'a.jpg')
    return root


def test_names_that_are_no_text_are_left_out_and_escaped(misnamed):
    assert list_images(misnamed).names == ['Abril/c.avif', 'Lua/a.jpg', 'Lua/day 2/b.PNG']
    assert kinds(misnamed) == [(r'.\xe9', 'no data'), (r'Jos\xe9 é', 'misnamed'), (r'Lua/caf\xe9.jpg', 'misnamed')]
    for name, finding in left_out(list_images(misnamed)):
        f'{name} {finding}'.encode()
    assert '2 left out (misnamed)' in list(sentences('lions', left_out(list_images(misnamed))))[1]
    with pytest.raises(ValueError, match=r'Jos\\xe9 é: the name of this folder is no UTF-8; rename it'):
        list_images(misnamed / os.fsdecode(b'Jos\xe9 \xc3\xa9'))


def test_of_folders_without_images_the_topmost_is_named(root):
    (root / 'Rio' / 'day 1' / 'left').mkdir(parents=True)
    (root / 'Lua' / 'day 3').mkdir()
    place(root, 'Sol/readme.md', 'Mar/.thumbnails/a.jpg')
    assert kinds(root) == [
        ('Lua/day 3', 'no images'),
        ('Mar', 'no images'),
        ('Mar/.thumbnails', 'no data'),
        ('Rio', 'no images'),
        ('Sol', 'no images'),
    ]


class TestLinks:
    def test_folders_and_files_are_followed_under_the_name_of_the_link(self, root, tmp_path):
        place(tmp_path / 'disk', 'Rio/a.jpg', 'deep/Rio/b.jpg')
        (root / 'Rio').symlink_to(tmp_path / 'disk' / 'Rio')
        (root / 'Lua' / 'z.jpg').symlink_to('../../disk/deep/Rio/b.jpg')
        assert {'Rio/a.jpg', 'Lua/z.jpg'} <= set(list_images(root).names)
        assert kinds(root) == []

    def test_the_folder_itself_may_be_one(self, root, tmp_path):
        (tmp_path / 'link').symlink_to(root)
        assert list_images(tmp_path / 'link') == list_images(root)

    @pytest.mark.parametrize('target', ['.', '..', '../..', '/', '../../link/Lua'])
    def test_a_loop_is_cut_and_named(self, root, tmp_path, target):
        (tmp_path / 'link').symlink_to(root)
        before = list_images(root).names
        (root / 'Lua' / 'again').symlink_to(target)
        assert list_images(root).names == before
        assert kinds(root) == [('Lua/again', 'loop')]

    def test_two_folders_that_lead_to_each_other_are_each_listed_once_inside_the_other(self, root):
        (root / 'Lua' / 'friend').symlink_to('../Abril')
        (root / 'Abril' / 'friend').symlink_to('../Lua')
        assert {'Lua/friend/c.avif', 'Abril/friend/a.jpg'} <= set(list_images(root).names)
        assert kinds(root) == [('Abril/friend/friend', 'loop'), ('Lua/friend/friend', 'loop')]

    def test_one_to_nothing_and_one_to_itself_are_named(self, root):
        (root / 'Rio').symlink_to('/no/such/disk/Rio')
        (root / 'Lua' / 'b.jpg').symlink_to('b.jpg')
        assert kinds(root) == [('Lua/b.jpg', 'broken link'), ('Rio', 'broken link')]

    def test_into_a_hidden_store_it_is_data(self, root):
        place(root, '.store/1234.jpg')
        (root / 'Lua' / 'b.jpg').symlink_to('../.store/1234.jpg')
        assert 'Lua/b.jpg' in list_images(root).names
        assert kinds(root) == [('.store', 'no data')]


@pytest.mark.skipif(not hasattr(os, 'geteuid') or os.geteuid() == 0, reason='root may read everything')
def test_a_folder_that_may_not_be_read_is_refused(root):
    (root / 'Lua').chmod(0)
    with pytest.raises(PermissionError, match='Lua'):
        list_images(root)
    (root / 'Lua').chmod(0o700)


def test_a_folder_of_unread_files_alone_is_refused_with_their_number(tmp_path):
    place(tmp_path, 'Lua/a.heic', 'Lua/b.heic')
    with pytest.raises(FileNotFoundError, match=r'no images there .*, but 2 files of formats that are not read'):
        list_images(tmp_path)


def test_a_sentence_for_each_kind_counts_all_and_names_ten(root):
    place(root, *[f'Lua/{number:02}.heic' for number in range(12)], 'Lua/._a.jpg')
    unread, leftovers = sentences('lions', left_out(list_images(root)))
    names = ', '.join(f"'Lua/{number:02}.heic'" for number in range(10))
    assert unread == f'lions: 12 left out (format not read): {names}, ...; export it as JPEG or PNG'
    assert leftovers == "lions: 1 left out (no data): 'Lua/._a.jpg'; rename it if it is data"
