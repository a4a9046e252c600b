import pytest

from jaguar_mm.registry import DATASETS
from jaguar_mm.storage.csv_gate import TableError

NAMES = [f'{identity}/{place}.jpg' for identity in ('Abril', 'Lua') for place in range(5)]


@pytest.fixture
def root(tmp_path):
    for name in [*NAMES, 'Lua/day 2/0.PNG', 'notes.txt', 'empty/readme.md']:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def build(root, **options):
    return DATASETS.build({'type': 'IdentityFolder', 'data_root': str(root), **options})


def infos(dataset):
    return [dataset.get_data_info(i) for i in range(len(dataset))]


def test_the_first_folder_is_the_identity(root):
    dataset = build(root)
    assert [info['image_name'] for info in infos(dataset)] == [*NAMES, 'Lua/day 2/0.PNG']
    assert [info['identity'] for info in infos(dataset)] == ['Abril'] * 5 + ['Lua'] * 6
    assert dataset.metainfo['classes'] == ('Abril', 'Lua')
    assert list(dataset.get_gt_labels()) == [0] * 5 + [1] * 6
    assert infos(dataset)[-1]['img_path'] == str(root / 'Lua/day 2/0.PNG')
    assert [info['image_name'] for info in infos(build(root.parent, folder=root.name))] == [*NAMES, 'Lua/day 2/0.PNG']


def test_subsets_and_folds_share_the_splits_of_the_competition(root):
    train, val = build(root, subset='train'), build(root, subset='val')
    assert [sum(info['identity'] == name for info in infos(val)) for name in ('Abril', 'Lua')] == [2, 2]
    assert {info['image_name'] for info in infos(train)} | set(val.split_record()['val']) == {
        info['image_name'] for info in infos(build(root))
    }
    assert train.metainfo['classes'] == val.metainfo['classes']
    held_out = [build(root, subset='val', fold=fold, folds=5).split_record()['val'] for fold in range(5)]
    assert sorted(name for names in held_out for name in names) == [*NAMES, 'Lua/day 2/0.PNG']


def test_groups_stay_together(root):
    lines = [f'{name},{name.startswith("Lua")}-{place // 2}' for place, name in enumerate([*NAMES, 'Lua/day 2/0.PNG'])]
    (root / 'groups.csv').write_text('\n'.join(['filename,group', *lines]))
    parts = [infos(build(root, groups='groups.csv', subset=subset, val_fraction=0.4)) for subset in ('train', 'val')]
    assert not {info['group'] for info in parts[0]} & {info['group'] for info in parts[1]}
    assert all(parts)


@pytest.mark.parametrize(
    ('name', 'message'),
    [
        ('stray.jpg', r"'stray\.jpg' is in no folder of an identity"),
        ('lua/0.jpg', "folder 3: 'lua' and 'Lua' of folder 2 differ only in case"),
        ('Lua /0.jpg', "the folder 'Lua ' has a space at an end in its name"),
        ('Lu\u200ba/0.jpg', r'has an invisible character \(U\+200B\) in its name'),
    ],
)
def test_a_folder_that_names_no_identity_is_refused(root, name, message):
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).touch()
    with pytest.raises(TableError, match=message):
        build(root)


@pytest.fixture
def said(monkeypatch):
    """What the log is told, a text each."""
    texts = []
    monkeypatch.setattr('jaguar_mm.datasets.listed.print_log', lambda text, **_: texts.append(text))
    return texts


def test_what_is_left_out_is_said_once_for_both_subsets(root, said):
    for name in ('Lua/.ipynb_checkpoints/0-checkpoint.jpg', 'Rio/a.heic', 'Rio/b.CR2', 'Sol/.a.jpg'):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    (root / 'Mar').symlink_to('/no/such/disk')
    parts = [build(root, subset=subset) for subset in ('train', 'val')]
    assert sum(map(len, parts)) == 11
    assert parts[0].metainfo['classes'] == ('Abril', 'Lua')
    assert [text.removeprefix(f'{root}: ') for text in said] == [
        "2 left out (format not read): 'Rio/a.heic', 'Rio/b.CR2'; export it as JPEG or PNG",
        "2 left out (no data): 'Lua/.ipynb_checkpoints', 'Sol/.a.jpg'; rename it if it is data",
        "1 left out (broken link): 'Mar'; mend the link, or remove it",
        "3 left out (no images): 'Rio', 'Sol', 'empty'; give it images that can be read, or remove it",
    ]


def test_the_folder_of_an_identity_may_be_a_link_elsewhere(root, tmp_path_factory):
    disk = tmp_path_factory.mktemp('disk')
    (disk / 'a.jpg').touch()
    (root / 'Rio').symlink_to(disk)
    (root / 'Lua' / 'z.jpg').symlink_to(disk / 'a.jpg')
    with pytest.raises(TableError, match=r"'Lua/z\.jpg' and 'Rio/a\.jpg' are one file, of two identities; remove"):
        build(root)
    (root / 'Lua' / 'z.jpg').unlink()
    dataset = build(root)
    assert dataset.metainfo['classes'] == ('Abril', 'Lua', 'Rio')
    assert infos(dataset)[-1]['img_path'] == str(root / 'Rio' / 'a.jpg')


def test_one_folder_for_two_identities_is_refused(root):
    (root / 'Lua' / 'friend').symlink_to('../Abril')
    with pytest.raises(TableError, match=r"'Abril/0\.jpg' and 'Lua/friend/0\.jpg' are one file"):
        build(root)


def test_a_folder_without_images_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=f'{tmp_path}: no images there'):
        build(tmp_path)


def test_nyala_by_its_folders(shared_data):
    train, val = (build(shared_data / 'nyala/images', subset=subset) for subset in ('train', 'val'))
    assert len(train) + len(val) == 1942
    assert len(train.metainfo['classes']) == 237
    assert {info['identity'] for info in infos(train)} == set(train.metainfo['classes'])
