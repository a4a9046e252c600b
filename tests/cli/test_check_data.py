import csv
import shutil

import numpy as np
import pytest
from PIL import Image

from tests.cli.running import CONFIG, refused, tool


@pytest.fixture
def folder(tmp_path):
    """Two sound images, in two folders."""
    for seed, name in enumerate(['a.png', 'below/b.png']):
        pixels = np.random.default_rng(seed).integers(0, 256, (20 + seed, 30, 4), dtype=np.uint8)
        pixels[..., 3] = np.where(np.arange(30) < 10, 0, 255)
        path = tmp_path / 'images' / name
        path.parent.mkdir(exist_ok=True, parents=True)
        Image.fromarray(pixels).save(path)
    (tmp_path / 'images' / 'notes.txt').touch()
    return tmp_path / 'images'


def check(folder, *arguments):
    out = folder.parent / 'report.csv'
    done = tool('check-data', '--folder', folder, '--out', out, '--workers', 2, *arguments, check=False)
    with out.open(encoding='utf-8', newline='') as file:
        return done, list(csv.DictReader(file))


def summary(done):
    """The rows of the table as name to value."""
    lines = (line.rsplit('  ', 1) for line in map(str.strip, done.stdout.splitlines()) if '/' not in line)
    return {parts[0].strip(): parts[1].strip() for parts in lines if len(parts) == 2}


def test_a_sound_folder(folder):
    done, rows = check(folder)
    assert done.returncode == 0, done.stderr
    assert rows == []
    counted = summary(done)
    assert {name: counted[name] for name in ('images', 'broken', 'with alpha', 'without alpha', 'duplicate')} == {
        'images': '2',
        'broken': '0',
        'with alpha': '2',
        'without alpha': '0',
        'duplicate': '0',
    }
    assert counted['width'] == '30 to 30 pixels'
    assert counted['height'] == '20 to 21 pixels'


def test_suspicious_images_are_listed_but_no_failure(folder):
    (folder / 'copy.jpg').write_bytes((folder / 'a.png').read_bytes())
    Image.new('RGB', (5, 5)).save(folder / 'plain.png')
    done, rows = check(folder)
    assert done.returncode == 0, done.stderr
    assert [(row['file'].rsplit('/')[-1], row['kind']) for row in rows] == [
        ('copy.jpg', 'wrong ending'),
        ('copy.jpg', 'duplicate'),
        ('plain.png', 'no alpha'),
    ]
    assert all(row['what'] and row['advice'] for row in rows)
    assert summary(done)['without alpha'] == '1'


def test_without_any_mask_no_image_is_suspicious_for_having_none(folder):
    for path in folder.rglob('*.png'):
        Image.open(path).convert('RGB').save(path)
    done, rows = check(folder)
    assert rows == []
    assert summary(done)['without alpha'] == '2'
    Image.open(folder / 'a.png').convert('RGBA').save(folder / 'opaque.png')
    assert check(folder)[1] == []


@pytest.fixture(scope='module')
def opaque(competition, tmp_path_factory):
    """The competition with images that have lost their alpha."""
    data = tmp_path_factory.mktemp('opaque') / 'data'
    shutil.copytree(competition, data)
    for path in data.rglob('*.png'):
        Image.open(path).convert('RGB').save(path)
    return data


@pytest.mark.parametrize(('background', 'kinds'), [('keep', set()), ('random', {'no alpha'})])
def test_a_config_says_whether_alpha_is_asked_for(opaque, tmp_path, background, kinds):
    options = [
        f'{split}_dataloader.dataset.{key}'
        for split in ('train', 'val', 'test')
        for key in (f'data_root={opaque}', f'pipeline.mask.background={background}')
    ]
    tool('check-data', 'configs/resnet152_arcface.py', '--out', tmp_path / 'r.csv', '--cfg-options', *options)
    with (tmp_path / 'r.csv').open(encoding='utf-8', newline='') as file:
        rows = list(csv.DictReader(file))
    assert {row['kind'] for row in rows} == kinds
    assert len(rows) == 39 * len(kinds)


def left_out(folder):
    """Add what no training sees, each of its own kind."""
    for name in ('Lua/.ipynb_checkpoints/a-checkpoint.png', 'Rio/a.heic'):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).touch()
    (folder / 'Sol').symlink_to('/no/such/disk/Sol')
    (folder / 'below' / 'again').symlink_to('..')
    return {
        'Rio/a.heic': 'format not read',
        'Lua/.ipynb_checkpoints': 'no data',
        'below/again': 'loop',
        'Sol': 'broken link',
        'Lua': 'no images',
        'Rio': 'no images',
    }


def test_what_is_left_out_has_a_row_each(folder):
    expected = left_out(folder)
    done, rows = check(folder)
    assert done.returncode == 0
    assert {row['file'].removeprefix(f'{folder}/'): row['kind'] for row in rows} == expected
    assert summary(done)['no images'] == '2'
    assert f"{folder}: 2 left out (no images): 'Lua', 'Rio'; give it images" in done.stdout


def test_a_config_of_a_folder_names_it_once_for_all_its_sets(folder, tmp_path):
    expected = left_out(folder)
    (folder / 'below' / 'a.png').write_bytes((folder / 'a.png').read_bytes())
    (folder / 'a.png').unlink()
    dataset = f"dict(type='IdentityFolder', data_root={str(folder)!r}, pipeline=[dict(type='LoadRGBA')])"
    loaders = '\n'.join(f'{split}_dataloader = dict(dataset={dataset})' for split in ('train', 'val', 'test'))
    (tmp_path / 'config.py').write_text(loaders)
    done = tool('check-data', tmp_path / 'config.py', '--out', tmp_path / 'r.csv', '--workers', 1)
    with (tmp_path / 'r.csv').open(encoding='utf-8', newline='') as file:
        assert {row['file'].removeprefix(f'{folder}/'): row['kind'] for row in csv.DictReader(file)} == expected
    assert done.stdout.count("2 left out (no images): 'Lua', 'Rio'") == 1


def test_a_table_that_names_leftovers_is_heeded_and_they_are_named(competition, tmp_path):
    data = tmp_path / 'data'
    shutil.copytree(competition, data)
    table = data / 'train.csv'
    original = next((data / 'train').rglob('*.png'))
    copy = original.parent / '.ipynb_checkpoints' / 'a.png'
    copy.parent.mkdir()
    shutil.copy(original, copy)
    table.write_text(table.read_text() + f'.ipynb_checkpoints/a.png,{table.read_text().split(",")[-1]}')
    arguments = ['--out', tmp_path / 'r.csv', '--sets', 'train', '--cfg-options']
    options = [f'train_dataloader.dataset.{key}' for key in (f'data_root={data}', 'subset=None', 'groups=None')]
    done = tool('check-data', CONFIG, *arguments, *options)
    kinds = [line.split(',')[1] for line in (tmp_path / 'r.csv').read_text().splitlines()[1:]]
    assert kinds == ['no data', 'duplicate']
    assert "1 of its files are called like what is no data, the first is '.ipynb_checkpoints/a.png'" in done.stdout


def test_broken_images_fail_and_are_named(folder):
    path = folder / 'cut.png'
    path.write_bytes((folder / 'a.png').read_bytes()[:-9])
    done, rows = check(folder)
    assert done.returncode == 1
    assert [(row['file'], row['kind']) for row in rows] == [(str(path), 'broken')]
    assert f'broken   {path}: the PNG is cut off' in done.stdout
    assert 'Traceback' not in done.stderr


def test_a_folder_of_broken_images_alone(folder):
    for path in folder.rglob('*.png'):
        path.write_bytes(b'')
    done, rows = check(folder)
    assert done.returncode == 1
    assert len(rows) == 2
    assert summary(done)['broken'] == '2'


def test_the_images_of_a_config_each_once(competition, tmp_path):
    sizes = [f'{split}_dataloader.dataset.data_root={competition}' for split in ('train', 'val', 'test')]
    arguments = [CONFIG, '--out', tmp_path / 'report.csv', '--workers', 1, '--cfg-options', *sizes]
    assert summary(tool('check-data', *arguments))['images'] == '39'
    done = tool('check-data', CONFIG, '--sets', 'val', 'test', *arguments[1:])
    assert summary(done)['images'] == str(9 + 7)
    assert (tmp_path / 'report.csv').read_text() == 'file,kind,what,advice\n'


@pytest.mark.parametrize(
    ('arguments', 'code', 'message'),
    [
        ([], 2, 'give either a config or --folder'),
        ([CONFIG, '--folder', 'x'], 2, 'give either a config or --folder'),
        (['--folder', 'nowhere'], 2, 'nowhere: no images there'),
        (['nowhere.py'], 2, 'nowhere.py'),
        ([CONFIG, '--cfg-options', 'train_dataloader.dataset.data_root=nowhere'], 2, 'nowhere/train.csv'),
        (['--folder', 'x', '--workers', '0'], 2, '--workers: must be at least 1'),
    ],
)
def test_wrong_arguments_are_named(arguments, code, message):
    done = refused('check-data', *arguments)
    assert done.returncode == code
    assert message in done.stderr
    assert 'Traceback' not in done.stderr
