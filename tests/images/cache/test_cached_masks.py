import warnings

import numpy as np
import pytest
from PIL import Image

from jaguar_mm.images import CacheFullError, ImageCache, Mask, Segmenter, load_rgba
from jaguar_mm.images.cache import sources
from jaguar_mm.images.cache.care import build_entries, prune, verify_entries
from jaguar_mm.images.shrink import shrink
from tests.damage import cut, flipped

SIDE = 16


class Upper:
    """A segmenter that finds the upper half of every image, and counts its calls."""

    def __init__(self, fingerprint='upper', found=True):
        self.fingerprint, self.found, self.calls = fingerprint, found, 0

    def __call__(self, rgb):
        self.calls += 1
        assert rgb.shape[2] == 3
        alpha = np.full(rgb.shape[:2], 255, np.uint8)
        alpha[rgb.shape[0] // 2 :] = 0 if self.found else 255
        return Mask(alpha, self.found)


@pytest.fixture(autouse=True)
def settled(monkeypatch):
    """What was written just now counts as old."""
    monkeypatch.setattr(sources, 'SETTLED', -1e9)


@pytest.fixture
def image(tmp_path):
    return write(tmp_path / 'a.png')


def write(path, seed=0, channels=3):
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (40, 60, channels), dtype=np.uint8)).save(path)
    return path


def cache_in(folder, segmenter, **options):
    return ImageCache(folder / 'cache', SIDE, segmenter=segmenter, **options)


def masks(cache):
    return sorted(cache.folder.rglob('*.mask'))


def expected(path):
    pixels = shrink(load_rgba(path).pixels, SIDE).copy()
    pixels[SIDE // 2 :, :, 3] = 0
    return pixels


def test_a_mask_is_made_once_and_kept_beside_the_image(tmp_path, image):
    segmenter = Upper()
    for _ in range(3):
        loaded = cache_in(tmp_path, segmenter).load(image)
        assert loaded.has_alpha
        np.testing.assert_array_equal(loaded.pixels, expected(image))
    assert segmenter.calls == 1
    (path,) = masks(cache_in(tmp_path, segmenter))
    assert path.with_name(f'{path.name.partition(".")[0]}.rgba').exists()


def test_copies_share_a_mask_and_other_content_has_another(tmp_path, image):
    segmenter, copy, other = Upper(), tmp_path / 'copy.png', write(tmp_path / 'b.png', seed=1)
    copy.write_bytes(image.read_bytes())
    for path in (image, copy, other):
        np.testing.assert_array_equal(cache_in(tmp_path, segmenter).load(path).pixels, expected(path))
    assert segmenter.calls == len(masks(cache_in(tmp_path, segmenter))) == 2


def test_another_segmenter_has_masks_of_its_own(tmp_path, image):
    first, second = Upper('first'), Upper('second')
    for segmenter in (first, second, first):
        cache_in(tmp_path, segmenter).load(image)
    assert first.calls == second.calls == 1


def test_without_a_segmenter_the_same_cache_gives_the_image_as_it_is(tmp_path, image):
    cache_in(tmp_path, Upper()).load(image)
    loaded = cache_in(tmp_path, None).load(image)
    assert not loaded.has_alpha
    assert (loaded.pixels[..., 3] == 255).all()


def test_an_alpha_that_is_there_wins(tmp_path):
    segmenter, path = Upper(), write(tmp_path / 'a.png', channels=4)
    for _ in range(2):
        np.testing.assert_array_equal(
            cache_in(tmp_path, segmenter).load(path).pixels, shrink(load_rgba(path).pixels, SIDE)
        )
    assert not segmenter.calls
    assert not masks(cache_in(tmp_path, segmenter))


def test_where_nothing_was_found_is_remembered_and_named_each_time(tmp_path, image):
    segmenter = Upper(found=False)
    for _ in range(2):
        with pytest.warns(UserWarning, match=r'a\.png: no animal was found'):
            loaded = cache_in(tmp_path, segmenter).load(image)
        assert loaded.has_alpha
        assert (loaded.pixels[..., 3] == 255).all()
    assert segmenter.calls == 1


@pytest.mark.parametrize('damage', ['emptied', 'cut', 'flipped', 'swapped', 'another program'])
def test_a_damaged_mask_is_made_anew(tmp_path, image, damage):
    segmenter = Upper()
    cache = cache_in(tmp_path, segmenter)
    cache.load(write(tmp_path / 'b.png', seed=1))
    (other,) = masks(cache)
    cache.load(image)
    (path,) = set(masks(cache)) - {other}
    whole = path.read_bytes()
    path.write_bytes(
        {
            'emptied': b'',
            'cut': whole[:-1],
            'flipped': next(flipped(whole, 1)),
            'swapped': other.read_bytes(),
            'another program': b'\0' * 100,
        }[damage]
    )
    with pytest.warns(UserWarning, match='damaged'):
        np.testing.assert_array_equal(cache_in(tmp_path, segmenter).load(image).pixels, expected(image))
    assert segmenter.calls == 3
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        cache_in(tmp_path, segmenter).load(image)
    assert segmenter.calls == 3


def test_no_damage_goes_unnoticed(tmp_path, image, fuzz_cases):
    cache = cache_in(tmp_path, Upper())
    cache.load(image)
    (path,) = masks(cache)
    copies = [*flipped(path.read_bytes(), 200), *cut(path.read_bytes(), 50)]
    for copy in copies:
        path.write_bytes(copy)
        with pytest.warns(UserWarning, match='damaged'):
            np.testing.assert_array_equal(cache.load(image).pixels, expected(image))
    fuzz_cases(len(copies))


def test_verifying_removes_damaged_masks_and_pruning_unwanted_ones(tmp_path, image):
    other, segmenter = write(tmp_path / 'b.png', seed=1), Upper()
    cache = cache_in(tmp_path, segmenter)
    for path in (image, other):
        cache.load(path)
    assert [problem for _, problem in verify_entries(cache.folder)] == [''] * 4
    assert prune([(cache, [str(image)])])[0] == 2
    (kept,) = masks(cache)
    kept.write_bytes(kept.read_bytes()[:-1])
    assert [path for path, problem in verify_entries(cache.folder) if problem] == [kept]
    assert not kept.exists()
    cache.load(image)
    assert prune([(cache_in(tmp_path, None), [str(image)])])[0] == 1  # nobody asks for masks
    assert not masks(cache)


def test_building_makes_masks_and_counts_them(tmp_path, image):
    cache_in(tmp_path, None).load(image)
    segmenter = Upper()
    assert [cache_in(tmp_path, segmenter).build(image) for _ in range(2)] == [True, False]
    assert segmenter.calls == 1
    built = list(build_entries(cache_in(tmp_path, Segmenter()), [str(image)], 1))  # in another process
    assert [(each.is_new, each.problem) for each in built] == [(True, '')]


def test_a_full_cache_gives_masks_all_the_same(tmp_path, image):
    with pytest.warns(UserWarning, match='the cache is full'):
        loaded = cache_in(tmp_path, Upper(), limit=1).load(image)
    np.testing.assert_array_equal(loaded.pixels, expected(image))
    cache_in(tmp_path, None).load(image)
    with pytest.raises(CacheFullError):
        cache_in(tmp_path, Upper(), limit=SIDE * 24 * 4 + 200).build(image)
