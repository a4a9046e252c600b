import os
import time

import numpy as np
import pytest
from PIL import Image

from jaguar_mm.images import CacheFullError, ImageCache
from jaguar_mm.images.cache.care import build_entries, prune, verify_entries
from tests.damage import flipped


@pytest.fixture
def paths(tmp_path):
    paths = [str(tmp_path / f'{seed}.png') for seed in range(6)]
    for seed, path in enumerate(paths):
        Image.fromarray(np.random.default_rng(seed).integers(0, 256, (20, 30, 4), dtype=np.uint8)).save(path)
    return paths


def cache_of(tmp_path, side=8, **options):
    return ImageCache(tmp_path / 'cache', side, **options)


def fill(cache, paths):
    return [cache.build(path) for path in paths]


def entries(tmp_path):
    return {path for path in (tmp_path / 'cache').glob('*/*/*') if path.is_file()}


def test_workers_fill_a_cache_and_go_on_where_they_were(tmp_path, paths):
    cache = cache_of(tmp_path)
    fill(cache, paths[:2])
    (tmp_path / '3.png').write_bytes(b'')
    built = list(build_entries(cache, paths, 2))
    assert [each.path for each in built] == paths
    assert [each.is_new for each in built] == [False, False, True, False, True, True]
    assert [bool(each.problem) for each in built] == [False, False, False, True, False, False]
    assert built[3].problem.startswith('is empty')
    assert not any(each.is_new for each in build_entries(cache, paths, 1))
    assert len(entries(tmp_path)) == 5


def test_filling_stops_at_the_limit(tmp_path, paths):
    with pytest.raises(CacheFullError, match=r'cache: the cache is full'):
        list(build_entries(cache_of(tmp_path, limit=800), paths, 1))
    assert len(entries(tmp_path)) == 1


def test_any_flipped_bit_is_found_and_the_entry_removed(tmp_path, paths, fuzz_cases):
    cache = cache_of(tmp_path)
    fill(cache, paths[:2])
    path = min(entries(tmp_path))
    content = path.read_bytes()
    damages = list(flipped(content, 300))
    for damaged in damages:
        path.write_bytes(damaged)
        found = dict(verify_entries(cache.folder))
        assert len(found) == 2
        assert [entry for entry, problem in found.items() if problem] == [path]
        assert not path.exists()
    fuzz_cases(len(damages))
    assert sum(fill(cache_of(tmp_path), paths[:2])) == 1
    assert path.read_bytes() == content


def test_clearing_out_keeps_what_is_asked_for_and_strangers(tmp_path, paths):
    small, large = (cache_of(tmp_path, side) for side in (8, 10))
    for cache in (small, large):
        fill(cache, paths)
    folder = small.folder
    strangers = [folder / 'notes.txt', folder / '8-v1' / 'notes.txt', folder / 'mine' / 'aa' / 'b.rgba']
    old = folder / '8-v0' / 'ab' / 'cd.rgba'
    partials = [folder / '8-v1' / f'{name}.rgba.1.partial' for name in ('abandoned', 'young')]
    for path in (*strangers, old, *partials):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b'12345')
    os.utime(partials[0], (time.time() - 5000,) * 2)
    files, size = prune([(small, paths[:2]), (large, paths[:1])])
    assert files == 6 - 2 + 6 - 1 + 2
    assert size == 4 * (64 + 8 * 12 * 4) + 5 * (64 + 10 * 15 * 4) + 2 * 5
    assert all(path.exists() for path in (*strangers, partials[1]))
    assert not old.exists()
    assert not partials[0].exists()
    assert fill(cache_of(tmp_path), paths[:3]) == [False, False, True]
    assert fill(cache_of(tmp_path, 10), paths[:3]) == [False, True, True]
