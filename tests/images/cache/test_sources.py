import os
import time
from pathlib import Path

import pytest

from jaguar_mm.images.cache import sources as module
from jaguar_mm.images.cache.sources import Sources, state_of
from tests.damage import cut, flipped

DIGESTS = ['ab' * 32, 'cd' * 32]


@pytest.fixture
def settled(monkeypatch):
    """What was written just now counts as old."""
    monkeypatch.setattr(module, 'SETTLED', -1e9)


@pytest.fixture
def files(tmp_path):
    paths = [tmp_path / 'a.png', tmp_path / 'naïve\n.png']
    for path in paths:
        path.write_bytes(b'image')
    return paths


@pytest.fixture
def record(tmp_path, files, settled):
    sources = Sources(tmp_path / 'cache' / 'sources.jsonl')
    for path, digest in zip(files, DIGESTS, strict=True):
        sources.record(path, state_of(path), digest)
    return sources


def test_every_process_knows_what_one_recorded(record, files, tmp_path, monkeypatch):
    for sources in (record, Sources(record.path)):
        assert [sources.digest(path) for path in files] == DIGESTS
    monkeypatch.chdir(tmp_path)
    assert record.digest('a.png') == record.digest(Path('cache/../a.png')) == DIGESTS[0]


def test_what_is_recorded_later_by_another_is_found(record, files, tmp_path):
    late = tmp_path / 'late.png'
    late.touch()
    assert record.digest(late) is None
    Sources(record.path).record(late, state_of(late), DIGESTS[1])
    assert record.digest(late) == DIGESTS[1]
    assert record.digest(files[0]) == DIGESTS[0]


def rewrite(path):
    path.write_bytes(b'IMAGE')


def replace(path):
    path.with_name('new').write_bytes(b'IMAGE')
    os.replace(path.with_name('new'), path)


@pytest.mark.parametrize(
    'change', [rewrite, replace, lambda path: path.write_bytes(b'longer than before'), Path.unlink]
)
def test_a_changed_file_is_not_known_even_with_its_old_date(record, files, change):
    before = files[0].stat()
    time.sleep(0.02)  # a tick of the clock
    change(files[0])
    if files[0].exists():
        os.utime(files[0], ns=(before.st_atime_ns, before.st_mtime_ns))
    assert record.digest(files[0]) is None
    assert record.digest(files[1]) == DIGESTS[1]


def test_what_has_only_just_changed_is_not_recorded(tmp_path, files):
    sources = Sources(tmp_path / 'sources.jsonl')
    sources.record(files[0], state_of(files[0]), DIGESTS[0])
    assert not sources.path.exists()
    old = (*state_of(files[0])[:2], 1, 1)
    sources.record(files[0], old, DIGESTS[0])
    assert sources.path.exists()
    assert sources.digest(files[0]) is None


def test_what_could_not_be_looked_at_is_not_recorded(tmp_path):
    sources = Sources(tmp_path / 'sources.jsonl')
    assert state_of(tmp_path / 'none.png') is None
    sources.record(tmp_path / 'none.png', None, DIGESTS[0])
    assert sources.digest(tmp_path / 'none.png') is None
    assert not sources.path.exists()


def test_a_damaged_record_gives_the_right_digest_or_none(record, files, fuzz_cases):
    content = record.path.read_bytes()
    damages = [*flipped(content, 2000), *cut(content, 400), b'\xff' * 100, b'[' * 100_000 + b'\n', b'[1]\n{}\nnull\n']
    wrong = 0
    for damaged in damages:
        record.path.write_bytes(damaged)
        for path, digest in zip(files, DIGESTS, strict=True):
            found = Sources(record.path).digest(path)
            assert found is None or len(found) == 64
            wrong += found not in (None, digest)
    assert wrong < len(damages) / 4  # a flipped digit of a digest: it leads to no entry, or to a sound one's refusal
    fuzz_cases(len(damages))


def test_a_torn_line_costs_itself_alone(record, files, tmp_path):
    late = tmp_path / 'late.png'
    late.touch()
    with record.path.open('ab') as file:
        file.write(b'["/killed/while/wri')
    Sources(record.path).record(late, state_of(late), DIGESTS[0])
    sources = Sources(record.path)
    assert [sources.digest(path) for path in (*files, late)] == [*DIGESTS, DIGESTS[0]]


def test_clearing_out_keeps_what_is_asked_for(record, files):
    other = Sources(record.path)
    assert other.digest(files[0]) == DIGESTS[0]
    record.keep_only([str(files[1])])
    assert [Sources(record.path).digest(path) for path in files] == [None, DIGESTS[1]]
    assert other.digest(files[1]) == DIGESTS[1]  # though the file is shorter than what it had read
    record.record(files[0], state_of(files[0]), DIGESTS[0])
    assert Sources(record.path).digest(files[0]) == DIGESTS[0]
