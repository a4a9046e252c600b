import errno
import sqlite3
import warnings
from contextlib import closing
from unittest.mock import Mock

import numpy as np
import pytest
from PIL import Image

from jaguar_mm.cli.errors import errors_in_a_sentence
from jaguar_mm.images import load_rgba
from jaguar_mm.matching import KeypointStore, PairStore, score_pairs
from tests.matching.animals import Nearest, spotted


@pytest.fixture
def paths(tmp_path):
    made = [tmp_path / f'{seed}.png' for seed in range(4)]
    for seed, path in enumerate(made):
        Image.fromarray(spotted(seed, 40, 60).pixels).save(path)
    return [str(path) for path in made]


def store(tmp_path, matcher, **options):
    return KeypointStore(tmp_path / 'keypoints', matcher, load_rgba, **options)


def test_each_image_is_looked_at_once(tmp_path, paths):
    matcher, told = Nearest(), []
    first = store(tmp_path, matcher)(paths, told.append)
    assert len(matcher.asked) == sum(told) == 4
    again = store(tmp_path, matcher)(paths)
    assert len(matcher.asked) == 4
    for before, after in zip(first, again, strict=True):
        for one, other in zip(before, after, strict=True):
            np.testing.assert_array_equal(one, other)
            assert one.dtype == other.dtype


def test_another_content_mask_size_or_matcher_is_another_entry(tmp_path, paths):
    matcher = Nearest()
    plain = store(tmp_path, matcher)
    keys = {plain.key(path) for path in paths}
    other_matcher = Nearest()
    other_matcher.fingerprint = 'farthest'
    for other in (
        store(tmp_path, matcher, size=64),
        store(tmp_path, matcher, masks='segmenter'),
        store(tmp_path, other_matcher),
    ):
        assert not keys & {other.key(path) for path in paths}
    before = plain.key(paths[0])
    Image.fromarray(spotted(8, 40, 60).pixels).save(paths[0])
    assert plain.key(paths[0]) != before


def test_a_damaged_entry_is_made_anew_with_a_warning(tmp_path, paths):
    matcher = Nearest()
    whole = store(tmp_path, matcher)(paths)
    for entry in (tmp_path / 'keypoints').rglob('*.safetensors'):
        entry.write_bytes(entry.read_bytes()[:-1] + b'?')
    with pytest.warns(UserWarning, match='damaged keypoints'):
        again = store(tmp_path, matcher)(paths)
    assert len(matcher.asked) == 8
    for one, other in zip(whole, again, strict=True):
        np.testing.assert_array_equal(one.points, other.points)
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        store(tmp_path, matcher)(paths)


@pytest.mark.parametrize('fault', ['a file in its way', 'a full disk'])
def test_a_cache_that_cannot_be_written_is_named_once_and_ends_nothing(tmp_path, paths, monkeypatch, capsys, fault):
    pairs, matcher = np.array([(0, 1), (2, 3)]), Nearest()
    expected = score_pairs(matcher, store(tmp_path, matcher)(paths), pairs)
    folder = tmp_path / 'cache'
    if fault == 'a full disk':
        monkeypatch.setattr('os.replace', Mock(side_effect=OSError(errno.ENOSPC, 'No space left on device')))
        full = sqlite3.OperationalError('No space left on device')
        monkeypatch.setattr('sqlite3.connect', Mock(side_effect=full))
    else:
        folder.touch()
    monkeypatch.setattr('jaguar_mm.matching.pair_store.PART', 1)
    keypoints = KeypointStore(folder / 'keypoints', matcher, load_rgba)
    with errors_in_a_sentence():
        np.testing.assert_array_equal(PairStore(folder / 'pairs' / 'scores.sqlite', keypoints)(paths, pairs), expected)
    reason = 'No space left on device' if fault == 'a full disk' else 'Not a directory'
    assert capsys.readouterr().err.splitlines() == [
        f'warning: {folder}/{kind}: {kind_of} cannot be kept there ({reason}), so that another call makes them anew; '
        'make room, or set JAGUAR_MM_CACHE to another folder'
        for kind, kind_of in (('keypoints', 'keypoints'), ('pairs', 'scores'))
    ]


def test_pairs_are_scored_once_and_go_on_after_an_interruption(tmp_path, paths, monkeypatch):
    monkeypatch.setattr('jaguar_mm.matching.pair_store.PART', 2)
    pairs = np.array([(0, 1), (0, 2), (0, 3), (1, 2), (2, 3)])
    matcher = Nearest()
    keypoints = store(tmp_path, matcher)
    expected = score_pairs(matcher, keypoints(paths), pairs)

    def interrupt(done):
        if sum(told) + done > 3:
            raise KeyboardInterrupt
        told.append(done)

    told = []
    with pytest.raises(KeyboardInterrupt):
        PairStore(tmp_path / 'scores.sqlite', keypoints)(paths, pairs, interrupt)
    matcher.asked.clear()
    np.testing.assert_array_equal(PairStore(tmp_path / 'scores.sqlite', keypoints)(paths, pairs), expected)
    assert len(matcher.asked) == 1  # the last part of three
    matcher.asked.clear()
    told = []
    np.testing.assert_array_equal(PairStore(tmp_path / 'scores.sqlite', keypoints)(paths, pairs, told.append), expected)
    assert not matcher.asked
    assert sum(told) == len(pairs)
    (tmp_path / 'scores.sqlite').write_bytes(b'no scores, whatever the name says')
    with pytest.warns(UserWarning, match='damaged scores'):
        np.testing.assert_array_equal(PairStore(tmp_path / 'scores.sqlite', keypoints)(paths, pairs), expected)
    assert len(PairStore(tmp_path / 'none.sqlite', keypoints)(paths, np.empty((0, 2), int))) == 0


def test_a_pair_is_known_in_any_company_and_order(tmp_path, paths):
    matcher = Nearest()
    keypoints, table = store(tmp_path, matcher), tmp_path / 'scores.sqlite'
    first = PairStore(table, keypoints)(paths, np.array([(0, 1), (2, 3)]))
    matcher.asked.clear()
    again = PairStore(table, keypoints)(paths[::-1], np.array([(0, 1), (0, 2), (2, 3)]))  # 3-2, 3-1, 1-0
    assert len(matcher.asked) == 1
    assert matcher.asked[0] <= 1
    assert again[[2, 0]].tolist() == first.tolist()


def test_a_score_that_was_changed_is_made_anew(tmp_path, paths):
    matcher = Nearest()
    keypoints, path, pairs = store(tmp_path, matcher), tmp_path / 'scores.sqlite', np.array([(0, 1), (2, 3)])
    expected = PairStore(path, keypoints)(paths, pairs)
    with closing(sqlite3.connect(path)) as table:
        table.execute('UPDATE scores SET score = score + 0.5 WHERE key = (SELECT max(key) FROM scores)')
        table.commit()
    matcher.asked.clear()
    np.testing.assert_array_equal(PairStore(path, keypoints)(paths, pairs), expected)
    assert len(matcher.asked) == 1
    assert matcher.asked[0] <= 1


def test_images_without_a_mask_are_counted_once_unless_masks_were_made(tmp_path, paths):
    for path in paths[:2]:
        Image.open(path).convert('RGB').save(path)
    with pytest.warns(UserWarning, match='2 of 4 images have no mask, so that places are compared too'):
        store(tmp_path, Nearest())(paths)
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        store(tmp_path, Nearest())(paths)
        store(tmp_path, Nearest(), masks='segmenter')(paths)
