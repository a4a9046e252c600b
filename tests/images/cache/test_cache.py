import os
import pickle
import signal
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from jaguar_mm.images import CacheFullError, ImageCache, ImageError, load_rgba
from jaguar_mm.images.cache import image_cache as module
from jaguar_mm.images.cache import sources
from jaguar_mm.images.cache.care import verify_entries
from jaguar_mm.images.shrink import shrink
from tests.damage import cut, flipped

RNG = np.random.default_rng(0)
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def settled(monkeypatch):
    """What was written just now counts as old."""
    monkeypatch.setattr(sources, 'SETTLED', -1e9)


@pytest.fixture
def decoded(monkeypatch):
    """The files that were decoded."""
    paths, decode = [], module.decode_rgba
    monkeypatch.setattr(module, 'decode_rgba', lambda content, path: paths.append(str(path)) or decode(content, path))
    return paths


def write_image(path, seed=0, channels=4):
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (40, 60, channels), dtype=np.uint8)).save(path)
    return path


@pytest.fixture
def image(tmp_path):
    return write_image(tmp_path / 'a.png')


@pytest.fixture
def cache(tmp_path):
    return ImageCache(tmp_path / 'cache', 16)


def entries(cache):
    return sorted(cache.folder.glob('*/*/*'))


@pytest.mark.parametrize('channels', [3, 4])
@pytest.mark.parametrize('side', [16, 40, 512])
def test_first_and_later_loads_give_the_shrunk_image(tmp_path, decoded, side, channels):
    path = write_image(tmp_path / 'a.png', channels=channels)
    expected = shrink(load_rgba(path).pixels, side)
    for cache in (ImageCache(tmp_path / 'cache', side), ImageCache(str(tmp_path / 'cache'), side)):
        for _ in range(2):
            pixels, has_alpha = cache.load(str(path))
            np.testing.assert_array_equal(pixels, expected)
            assert has_alpha is (channels == 4)
            assert pixels.flags.writeable
            pixels[:] = 7  # nobody else's
    assert len(decoded) == 1


def test_sizes_do_not_meet(tmp_path, image):
    shapes = [ImageCache(tmp_path / 'cache', side).load(image).pixels.shape[:2] for side in (10, 20, 10)]
    assert shapes == [(10, 15), (20, 30), (10, 15)]


def test_copies_share_an_entry_and_a_moved_file_keeps_it(cache, image, tmp_path, decoded):
    cache.load(image)
    (tmp_path / 'copy.png').write_bytes(image.read_bytes())
    moved = image.rename(tmp_path / 'moved.png')
    assert not cache.build(tmp_path / 'copy.png')
    assert not cache.build(moved)
    assert len(entries(cache)) == len(decoded) == 1


def test_a_changed_file_gives_its_new_image(cache, image):
    cache.load(image)
    write_image(image, seed=1)
    np.testing.assert_array_equal(cache.load(image).pixels, shrink(load_rgba(image).pixels, 16))
    assert len(entries(cache)) == 2


def test_bad_files_are_refused_as_without_a_cache_and_leave_nothing(cache, tmp_path, image):
    broken = tmp_path / 'broken.png'
    broken.write_bytes(image.read_bytes()[:-20])
    for path in (broken, tmp_path / 'none.png', tmp_path):
        with pytest.raises(ImageError) as direct:
            load_rgba(path)
        for load in (cache.load, cache.build):
            with pytest.raises(ImageError) as cached:
                load(path)
            assert str(cached.value) == str(direct.value)
    assert not cache.folder.exists()


def test_a_file_that_vanished_is_refused_though_its_image_is_there(cache, image):
    cache.load(image)
    image.unlink()
    with pytest.raises(ImageError, match=r'a\.png: cannot be opened'):
        cache.load(image)


def test_damaged_entries_are_warned_of_and_made_anew(cache, image, fuzz_cases):
    expected = cache.load(image).pixels.copy()
    (entry,) = entries(cache)
    content = entry.read_bytes()
    damages = [*(each + content[64:] for each in flipped(content[:64], 60)), *cut(content, 60)]
    for damaged in damages:
        entry.write_bytes(damaged)
        with pytest.warns(UserWarning, match=rf'{entry.name}: damaged \(.*made anew'):
            np.testing.assert_array_equal(cache.load(image).pixels, expected)
        assert entry.read_bytes() == content
    fuzz_cases(len(damages))


def test_a_lost_record_costs_one_reading(cache, image, decoded):
    cache.load(image)
    (cache.folder / 'sources.jsonl').write_bytes(b'\0' * 50)
    again = ImageCache(cache.folder, 16)
    assert not again.build(image)
    assert again.sources.digest(image)
    assert len(decoded) == 1


def test_the_limit_is_named_and_training_goes_on_without(tmp_path):
    paths = [write_image(tmp_path / f'{seed}.png', seed) for seed in range(3)]
    cache = ImageCache(tmp_path / 'cache', 16, limit=4500)  # an entry has 64 + 16 * 24 * 4 bytes, its record 200
    assert cache.build(paths[0])
    assert cache.build(paths[1])
    message = (
        r'cache: the cache is full \(0\.00 of 4\.5e-06 GB\); allow more \(cache_gb\).*jaguar-mm build-cache --prune'
    )
    with pytest.raises(CacheFullError, match=message):
        cache.build(paths[2])
    with pytest.warns(UserWarning, match=message + '; until then images are decoded each time'):
        pixels = cache.load(paths[2]).pixels
    np.testing.assert_array_equal(pixels, shrink(load_rgba(paths[2]).pixels, 16))
    assert len(entries(cache)) == 2
    assert not cache.build(paths[0])


def test_others_additions_count(tmp_path):
    paths = [write_image(tmp_path / f'{seed}.png', seed) for seed in range(3)]
    caches = [ImageCache(tmp_path / 'cache', 16, limit=4500) for _ in range(3)]
    assert caches[0].build(paths[0])
    assert caches[1].build(paths[1])
    with pytest.raises(CacheFullError):
        caches[0].build(paths[2])


def test_a_full_disk_costs_speed_and_nothing_else(cache, image, monkeypatch):
    def full(*_):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr('os.fsync', full)
    with pytest.warns(UserWarning, match=r'cache: the cache cannot be written \(No space left .*set JAGUAR_MM_CACHE'):
        assert cache.load(image).pixels.shape == (16, 24, 4)
    with pytest.raises(OSError, match='No space left'):
        cache.build(image)
    assert not entries(cache)


def test_a_file_in_the_folder_s_place_is_told(tmp_path, image):
    (tmp_path / 'cache').touch()
    with pytest.warns(UserWarning, match=r'cache: the cache cannot be written \((Not a directory|File exists)'):
        assert ImageCache(tmp_path / 'cache', 16).load(image).pixels.shape == (16, 24, 4)


def test_a_cache_goes_to_another_process(cache, image):
    cache.load(image)
    assert not pickle.loads(pickle.dumps(cache)).build(image)


def test_many_at_once_do_each_other_no_harm(tmp_path):
    """Threads of several caches, as different processes have them."""
    paths = [write_image(tmp_path / f'{seed}.png', seed) for seed in range(4)] * 6
    caches = [ImageCache(tmp_path / 'cache', 16) for _ in paths]
    with warnings.catch_warnings(), ThreadPoolExecutor(8) as pool:
        warnings.simplefilter('error')
        images = list(pool.map(lambda cache, path: cache.load(path).pixels, caches, paths))
    for path, pixels in zip(paths, images, strict=True):
        np.testing.assert_array_equal(pixels, shrink(load_rgba(path).pixels, 16))
    assert len(list((tmp_path / 'cache').glob('*/*/*.rgba'))) == 4
    assert all(not problem for _, problem in verify_entries(tmp_path / 'cache'))


@pytest.mark.parametrize('side', [0, -1])
def test_a_size_that_is_none_is_refused(tmp_path, side):
    with pytest.raises(ValueError, match='at least 1 pixel'):
        ImageCache(tmp_path, side)


KILLED = """
import os, signal, sys
from jaguar_mm.images import ImageCache
os.{place} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
ImageCache(sys.argv[1], 16).load(sys.argv[2])
"""


@pytest.mark.parametrize('place', ['fsync', 'replace'])
def test_a_kill_while_writing_leaves_no_half_entry(cache, image, place):
    command = [sys.executable, '-c', KILLED.format(place=place), str(cache.folder), str(image)]
    done = subprocess.run(command, cwd=ROOT, check=False, env=os.environ | {'PYTHONPATH': str(ROOT)})
    assert done.returncode == -signal.SIGKILL
    assert [path.suffix for path in entries(cache)] == ['.partial']
    assert cache.build(image)
    assert [problem for _, problem in verify_entries(cache.folder)] == ['']


def test_a_record_before_its_entry_is_no_promise(cache, image):
    """As after a kill in the middle of clearing out, or a disk that lost a file."""
    cache.load(image)
    entries(cache)[0].unlink()
    assert cache.build(image)
