import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from tests.cli.running import CONFIG, ROOT, refused, tool


@pytest.fixture
def folder(tmp_path):
    """Three images, in two folders."""
    for seed, name in enumerate(['a.png', 'b.png', 'below/c.png']):
        path = tmp_path / 'images' / name
        path.parent.mkdir(exist_ok=True, parents=True)
        Image.fromarray(np.random.default_rng(seed).integers(0, 256, (30, 40, 4), dtype=np.uint8)).save(path)
    return tmp_path / 'images'


def run(folder, *arguments, size=12):
    flags = ['--folder', folder, '--cache', folder.parent / 'cache', '--size', size, '--workers', 2]
    return tool('build-cache', *flags, *arguments, check=False)


def entries(folder):
    return sorted((folder.parent / 'cache').glob('*/*/*.rgba'))


def test_filling_twice_checking_and_clearing_out(folder):
    for added, there in ((3, 0), (0, 3)):
        done = run(folder)
        assert done.returncode == 0, done.stderr
        assert f'cache, size 12: {added} images added, {there} were there, 0 broken; 0.00 of 50 GB' in done.stdout
    assert '3 images added' in run(folder, size=8).stdout
    assert len(entries(folder)) == 6
    (folder / 'a.png').unlink()
    assert '4 files removed' in run(folder, '--prune').stdout
    assert len(entries(folder)) == 2
    done = run(folder, '--verify')
    assert done.returncode == 0
    assert '2 entries, 0 of them damaged' in done.stdout


def test_a_broken_image_is_named_and_the_others_are_kept(folder):
    (folder / 'a.png').write_bytes(b'')
    done = run(folder)
    assert done.returncode == 1
    assert '2 images added, 0 were there, 1 broken' in done.stdout
    assert f'broken   {folder / "a.png"}: is empty' in done.stdout
    assert 'Traceback' not in done.stderr


def test_a_damaged_entry_is_named_removed_and_made_anew(folder):
    run(folder)
    path = entries(folder)[1]
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    done = run(folder, '--verify')
    assert done.returncode == 1
    assert '3 entries, 1 of them damaged' in done.stdout
    assert f'{path}: the checksum of its pixels does not fit; removed' in done.stdout.replace('\n', '')
    assert '1 images added, 2 were there' in run(folder).stdout


def test_the_limit_ends_it_with_advice(folder):
    done = run(folder, '--cache-gb', '1e-6')
    assert done.returncode == 2
    assert 'the cache is full' in done.stderr
    assert '--prune' in done.stderr
    assert 'Traceback' not in done.stderr


def test_the_images_and_caches_of_a_config(competition, tmp_path):
    loads = ['LoadRGBA', f'cache={tmp_path / "cache"}', 'size=48']
    pipelines = [
        f'{split}_dataloader.dataset.pipeline.load.{each}'
        for split in ('train', 'val')
        for each in (f'type={loads[0]}', *loads[1:])
    ]
    roots = [f'{split}_dataloader.dataset.data_root={competition}' for split in ('train', 'val', 'test')]
    roots += [f'{split}_dataloader.dataset.pipeline.load.cache=None' for split in ('train', 'val', 'test')]
    arguments = [CONFIG, '--workers', 2, '--cfg-options', *roots, *pipelines]
    done = tool('build-cache', *arguments)
    assert 'cache, size 48: 30 images added, 0 were there' in done.stdout  # those of the test split have no cache
    assert '30 entries, 0 of them damaged' in tool('build-cache', *arguments, '--verify').stdout
    assert '0 files removed' in tool('build-cache', *arguments, '--prune').stdout
    assert len(list((tmp_path / 'cache').glob('48-v*/*/*.rgba'))) == 30
    assert '7 files removed' in tool('build-cache', *arguments, '--prune', '--sets', 'train').stdout
    done = tool('build-cache', CONFIG, '--cfg-options', *roots, check=False)
    assert done.returncode == 2
    assert "v3_resnet10t_gem.py: no pipeline has a cache; write dict(type='LoadRGBA', cache=True)" in done.stderr


@pytest.mark.parametrize(
    ('arguments', 'code', 'message'),
    [
        ([], 2, 'give either a config, or --folder and perhaps --cache'),
        ([CONFIG, '--cache', 'x'], 2, 'give either a config, or --folder and perhaps --cache'),
        (['--folder', 'nowhere', '--cache', 'x'], 2, 'nowhere: no images there'),
        (['--folder', 'tests', '--cache', 'x', '--verify', '--prune'], 2, 'not allowed with'),
        (['--folder', 'x', '--cache', 'x', '--workers', '0'], 2, '--workers: must be at least 1'),
        (['nowhere.py'], 2, 'nowhere.py'),
    ],
)
def test_wrong_arguments_are_named(arguments, code, message):
    done = refused('build-cache', *arguments)
    assert done.returncode == code
    assert message in done.stderr
    assert 'Traceback' not in done.stderr


@pytest.mark.parametrize('action', ['--verify', '--prune'])
def test_a_cache_that_is_not_there_is_named(folder, action):
    done = run(folder, action)
    assert done.returncode == 2
    assert 'cache' in done.stderr
    assert 'Traceback' not in done.stderr


@pytest.mark.parametrize('named', ['JAGUAR_MM_CACHE', 'XDG_CACHE_HOME', 'HOME'])
def test_no_cache_appears_where_the_user_stands(competition, tmp_path, named):
    """The tool says where it is."""
    (standing := tmp_path / 'standing').mkdir()
    environment = {key: value for key, value in os.environ.items() if key not in ('JAGUAR_MM_CACHE', 'XDG_CACHE_HOME')}
    command = [sys.executable, ROOT / 'tools/build_cache.py', ROOT / CONFIG, '--workers', '1', '--sets', 'test']
    done = subprocess.run(
        [*command, '--cfg-options', f'data_root={competition}'],
        cwd=standing,
        env=environment | {named: str(tmp_path / 'caches')},
        capture_output=True,
        text=True,
        check=True,
    )
    below = {'JAGUAR_MM_CACHE': '', 'XDG_CACHE_HOME': 'jaguar_mm/images', 'HOME': '.cache/jaguar_mm/images'}[named]
    place = tmp_path / 'caches' / below
    assert len(list(place.glob('192-v*/*/*.rgba'))) == 9
    assert f'images are kept, shrunk, in {place}'.rstrip('/') in done.stdout
    assert list(standing.iterdir()) == []
