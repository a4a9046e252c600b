import random
from itertools import chain

import mmengine.runner
import pytest
import torch

from jaguar_mm.engine.checkpoints.file import CheckpointError, check_checkpoint, read_checkpoint, write_checkpoint
from jaguar_mm.engine.checkpoints.folder import newest_whole_checkpoint
from tests.damage import cut, flipped
from tests.engine.checkpoints.test_file import form, sample

COMMENT = 110  # bytes at the end of the file, at least


@pytest.fixture
def path(tmp_path):
    path = tmp_path / 'epoch_3.pth'
    write_checkpoint(path, sample())
    return path


def bursts(content, cases):
    """Yield copies with a run of bytes overwritten or lost, as by a bad sector."""
    draw = random.Random(0)
    for _ in range(cases):
        start, length = draw.randrange(len(content)), draw.choice([2, 8, 64, 512])
        end = min(start + length, len(content))
        copy = content[:start] + draw.choice([bytes(end - start), draw.randbytes(end - start), b'']) + content[end:]
        if copy != content:
            yield copy


def tried(path, damages, whole):
    """Read damaged copies; return how many there were and how many gave the content as it was saved."""
    cases = harmless = 0
    for damaged in damages:
        cases += 1
        path.write_bytes(damaged)
        try:
            back = read_checkpoint(path)
        except CheckpointError as error:
            assert str(error).startswith(f'{path}: ')  # noqa: PT017
        else:
            harmless += 1
            assert form(back) == whole
    return cases, harmless


def test_any_damage_to_a_checkpoint_is_named(path, fuzz_cases):
    content, whole = path.read_bytes(), form(read_checkpoint(path))
    end = content[-COMMENT:]
    damages = chain(
        flipped(content, 1500),
        cut(content, 300),
        (content[:-COMMENT] + damaged for damaged in flipped(end, 8 * COMMENT)),
        (content[:-length] for length in range(1, COMMENT + 60)),
        (content + bytes(length) for length in (1, 22, 1024, 5000)),
        bursts(content, 600),
    )
    cases, harmless = tried(path, damages, whole)
    fuzz_cases(cases)
    assert cases > 3000
    assert harmless == 0


def test_damage_to_another_tools_checkpoint_is_named_or_harmless(tmp_path, fuzz_cases):
    path = tmp_path / 'stock.pth'
    mmengine.runner.save_checkpoint(sample(), str(path))
    content, whole = path.read_bytes(), form(read_checkpoint(path))
    damages = chain(flipped(content, 1500), cut(content, 100), bursts(content, 400))
    cases, harmless = tried(path, damages, whole)
    fuzz_cases(cases)
    assert harmless < cases / 2  # padding, dates and the like of a .zip file


def test_every_bit_of_another_tools_directory(tmp_path, fuzz_cases):
    """One of them makes torch return a tensor that it has never written to."""
    path = tmp_path / 'stock.pth'
    torch.save({'a': torch.arange(4.0)}, path)
    content, whole = path.read_bytes(), form(read_checkpoint(path))
    start = content.index(b'PK\1\2')
    damages = (content[:start] + damaged for damaged in flipped(content[start:], 10**5))
    cases, _ = tried(path, damages, whole)
    fuzz_cases(cases)
    assert cases == 8 * (len(content) - start)


def test_a_damaged_newest_gives_way_to_the_one_before(path, fuzz_cases, monkeypatch):
    warned = []
    monkeypatch.setattr('jaguar_mm.engine.checkpoints.folder.print_log', lambda text, **_: warned.append(text))
    before = path.with_name('epoch_2.pth')
    write_checkpoint(before, sample(step=8, epoch=2))
    content = path.read_bytes()
    damages = [*flipped(content, 400), *cut(content, 200), *bursts(content, 200)]
    damages += [content[:-COMMENT] + damaged for damaged in flipped(content[-COMMENT:], 200)]
    for damaged in damages:
        path.write_bytes(damaged)
        warned.clear()
        assert newest_whole_checkpoint(path.parent) == before
        assert len(warned) == 1
        assert str(path) in warned[0]
    fuzz_cases(len(damages))
    path.write_bytes(content)
    check_checkpoint(path)
    assert newest_whole_checkpoint(path.parent) == path
