import os
import shutil

import mmengine.runner
import pytest
import torch

from jaguar_mm.engine.checkpoints.file import CheckpointError, write_checkpoint
from jaguar_mm.engine.checkpoints.folder import (
    newest_whole_checkpoint,
    point_to,
    remove_old_checkpoints,
    remove_unfinished,
    set_aside_further,
)
from tests.engine.checkpoints.test_file import longest_file, sample


@pytest.fixture
def warned(monkeypatch):
    """Warnings of the folder."""
    texts = []
    monkeypatch.setattr('jaguar_mm.engine.checkpoints.folder.print_log', lambda text, **_: texts.append(text))
    return texts


def ours(folder, name, step, epoch):
    write_checkpoint(folder / name, sample(step, epoch))
    return folder / name


def other_tools(folder, name):
    mmengine.runner.save_checkpoint(sample(), str(folder / name))
    return folder / name


def turn_a_bit(path, place=1000):
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_furthest_is_the_newest_whatever_its_name_or_time(tmp_path, warned):
    furthest = ours(tmp_path, 'epoch_10.pth', 40, 10)
    ours(tmp_path, 'epoch_9.pth', 36, 9)
    ours(tmp_path, 'iter_39.pth', 39, 9)
    ours(tmp_path, 'best_mAP_epoch_10.pth', 99, 99)
    other_tools(tmp_path, 'epoch_11.pth')
    os.utime(furthest, (0, 0))
    point_to(tmp_path / 'epoch_9.pth')  # killed before it pointed to the newest
    assert newest_whole_checkpoint(tmp_path) == furthest
    assert warned == []


def test_a_folder_without_checkpoints(tmp_path, warned):
    assert newest_whole_checkpoint(tmp_path) is None
    assert newest_whole_checkpoint(tmp_path / 'no folder') is None
    (tmp_path / 'epoch_1.pth.7.partial').write_text('')
    (tmp_path / 'last_checkpoint').write_text('epoch_1.pth')
    assert newest_whole_checkpoint(tmp_path) is None
    assert warned == []


DAMAGES = {
    'empty': lambda path: path.write_bytes(b''),
    'zeros': lambda path: path.write_bytes(bytes(path.stat().st_size)),
    'cut': lambda path: path.write_bytes(path.read_bytes()[:2000]),
    'another bit': turn_a_bit,
    'a folder': lambda path: (path.unlink(), path.mkdir()),
    'a dead link': lambda path: (path.unlink(), path.symlink_to('nowhere')),
    'no comment': lambda path: path.write_bytes(path.read_bytes()[:-112]),
}


@pytest.mark.parametrize('damage', DAMAGES)
def test_a_broken_newest_is_named_and_the_one_before_taken(tmp_path, warned, damage):
    before, newest = ours(tmp_path, 'epoch_2.pth', 8, 2), ours(tmp_path, 'epoch_3.pth', 12, 3)
    point_to(newest)
    DAMAGES[damage](newest)
    assert newest_whole_checkpoint(tmp_path) == before
    assert len(warned) == 1
    assert str(newest) in warned[0]
    assert warned[0].endswith('trying the one before')


def test_a_disk_that_cannot_be_read_there(tmp_path, warned, monkeypatch):
    before, newest = ours(tmp_path, 'epoch_2.pth', 8, 2), ours(tmp_path, 'epoch_3.pth', 12, 3)

    def bad_sector(path, *_):
        if str(path) == str(newest):
            raise OSError(5, 'Input/output error')
        return open(path, 'rb')

    monkeypatch.setattr('jaguar_mm.engine.checkpoints.seal.open', bad_sector, raising=False)
    assert newest_whole_checkpoint(tmp_path) == before
    assert 'cannot be read' in warned[0]


def test_all_broken(tmp_path, warned):
    for epoch in (1, 2):
        turn_a_bit(ours(tmp_path, f'epoch_{epoch}.pth', 4 * epoch, epoch))
    assert newest_whole_checkpoint(tmp_path) is None
    assert ['epoch_2.pth' in warned[0], 'epoch_1.pth' in warned[1]] == [True, True]


def test_among_those_of_other_tools_the_pointer_decides_then_the_number(tmp_path, warned):
    for epoch in (2, 9, 10):
        other_tools(tmp_path, f'epoch_{epoch}.pth')
    point_to(tmp_path / 'epoch_9.pth')
    assert newest_whole_checkpoint(tmp_path).name == 'epoch_9.pth'
    (tmp_path / 'epoch_9.pth').write_bytes((tmp_path / 'epoch_9.pth').read_bytes()[:2000])
    assert newest_whole_checkpoint(tmp_path).name == 'epoch_10.pth'
    assert len(warned) == 1


def test_a_checkpoint_of_old_torch_is_one_of_another_tool(tmp_path, warned):
    torch.save(sample(), tmp_path / 'epoch_4.pth', _use_new_zipfile_serialization=False)
    assert newest_whole_checkpoint(tmp_path).name == 'epoch_4.pth'
    ours(tmp_path, 'epoch_1.pth', 4, 1)
    assert newest_whole_checkpoint(tmp_path).name == 'epoch_1.pth'
    assert warned == []


@pytest.mark.parametrize('content', [b'', b'\xff\xfe\x00', b'\n', b'/gone/epoch_2.pth\n'])
def test_a_pointer_of_any_kind_does_no_harm(tmp_path, warned, content):
    ours(tmp_path, 'epoch_2.pth', 8, 2)
    newest = ours(tmp_path, 'epoch_3.pth', 12, 3)
    (tmp_path / 'last_checkpoint').write_bytes(content)
    assert newest_whole_checkpoint(tmp_path) == newest


def test_a_moved_work_dir(tmp_path, warned):
    (tmp_path / 'work').mkdir()
    point_to(other_tools(tmp_path / 'work', 'epoch_1.pth'))
    other_tools(tmp_path / 'work', 'epoch_2.pth')
    shutil.move(tmp_path / 'work', tmp_path / 'moved [1]')
    assert newest_whole_checkpoint(tmp_path / 'moved [1]') == tmp_path / 'moved [1]' / 'epoch_1.pth'


def test_the_pointer_is_what_mmengine_reads(tmp_path):
    point_to(tmp_path / 'epoch_é.pth')
    assert mmengine.runner.find_latest_checkpoint(str(tmp_path)) == str(tmp_path / 'epoch_é.pth')
    point_to(tmp_path / 'epoch_2.pth')
    assert names(tmp_path) == ['last_checkpoint']


def test_a_pointer_that_cannot_be_written_leaves_the_earlier(tmp_path):
    point_to(tmp_path / 'epoch_1.pth')
    with longest_file(1), pytest.raises(CheckpointError, match=r'last_checkpoint: was not written .*epoch_2\.pth was'):
        point_to(tmp_path / 'epoch_2.pth')
    assert mmengine.runner.find_latest_checkpoint(str(tmp_path)) == str(tmp_path / 'epoch_1.pth')
    assert names(tmp_path) == ['last_checkpoint']


def test_removal_keeps_the_furthest_and_all_that_is_not_ours(tmp_path):
    for step, name in [(4, 'epoch_1.pth'), (8, 'epoch_2.pth'), (9, 'iter_9.pth'), (11, 'iter_11.pth')]:
        ours(tmp_path, name, step, step // 4)
    ours(tmp_path, 'best_mAP_epoch_1.pth', 4, 1)
    ours(tmp_path, 'mine.pth', 1, 1)
    other_tools(tmp_path, 'epoch_7.pth')
    (tmp_path / 'iter_1.pth').write_bytes(b'')
    remove_old_checkpoints(tmp_path, 2)
    left = ['best_mAP_epoch_1.pth', 'epoch_7.pth', 'iter_1.pth', 'iter_11.pth', 'iter_9.pth', 'mine.pth']
    assert names(tmp_path) == left
    remove_old_checkpoints(tmp_path, 2)
    assert names(tmp_path) == left


def test_an_earlier_training_in_the_same_folder_is_set_aside(tmp_path):
    for epoch in (1, 5, 6):
        ours(tmp_path, f'epoch_{epoch}.pth', 4 * epoch, epoch)
    ours(tmp_path, 'best_mAP_epoch_6.pth', 24, 6)
    turn_a_bit(tmp_path / 'epoch_6.pth')
    other_tools(tmp_path, 'epoch_9.pth')
    ours(tmp_path, 'mine.pth', 99, 9)
    aside = set_aside_further(tmp_path, 4)
    assert sorted(path.name for path in aside) == [
        'best_mAP_epoch_6.pth.earlier',
        'epoch_5.pth.earlier',
        'epoch_6.pth.earlier',
    ]
    assert all(path.is_file() for path in aside)
    assert newest_whole_checkpoint(tmp_path).name == 'epoch_1.pth'
    assert set_aside_further(tmp_path, 4) == []
    ours(tmp_path, 'epoch_2.pth', 8, 2)
    remove_old_checkpoints(tmp_path, 2)
    assert newest_whole_checkpoint(tmp_path).name == 'epoch_2.pth'


def test_leftovers_of_a_killed_process_go(tmp_path):
    for name in ('epoch_1.pth.123.partial', 'best_mAP_epoch_1.pth.9.partial', 'last_checkpoint.123.partial'):
        (tmp_path / name).write_text('')
    stay = ['epoch_1.pth', 'other.csv.123.partial', 'pth.partial']
    for name in stay:
        (tmp_path / name).write_text('')
    remove_unfinished(tmp_path)
    assert names(tmp_path) == stay
