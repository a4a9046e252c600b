import errno
import io
import os
import resource
from collections import OrderedDict
from contextlib import contextmanager

import mmengine.runner
import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer, MessageHub

from jaguar_mm.engine.checkpoints.file import (
    CheckpointError,
    Progress,
    check_checkpoint,
    read_checkpoint,
    read_progress,
    write_checkpoint,
)


def sample(step=12, epoch=3, **more):
    """Return a checkpoint such as a runner makes, small."""
    torch.manual_seed(step)
    network = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
    hub = dict(
        log_scalars=OrderedDict({'train/loss': HistoryBuffer([3.5, 2.25], [1, 1])}),
        runtime_info=OrderedDict(best_score=np.float64(0.5), names=('a', 'é')),
        resumed_keys={'train/loss': True},
    )
    meta = dict(iter=step, epoch=epoch, cfg='model = dict()\n')
    return dict(meta=meta, state_dict=network.state_dict(), message_hub=hub) | more


def form(value):
    """Return what a value is down to the last bit, to compare."""
    if isinstance(value, torch.Tensor):
        return str(value.dtype), tuple(value.shape), value.detach().flatten().view(torch.uint8).numpy().tobytes()
    if isinstance(value, HistoryBuffer):
        return [column.astype(float).tolist() for column in value.data], value.max_length
    if isinstance(value, dict):
        return {key: form(entry) for key, entry in value.items()}, form(vars(value)) if vars_of(value) else None
    if isinstance(value, list | tuple):
        return type(value), [form(entry) for entry in value]
    return type(value), value


def vars_of(value):
    return getattr(value, '__dict__', None)


TENSORS = [
    torch.tensor([[0.1, -0.0, float('inf')]]),
    torch.tensor([1.5, float('nan')], dtype=torch.float16),
    torch.arange(6, dtype=torch.bfloat16).view(2, 3),
    torch.tensor([2**62, -1]),
    torch.tensor([True, False]),
    torch.tensor(7, dtype=torch.int64),
    torch.zeros(0, 4),
    torch.tensor([255], dtype=torch.uint8),
    torch.arange(12.0).view(3, 4).t(),
]


@pytest.mark.parametrize('tensor', TENSORS, ids=lambda tensor: f'{tensor.dtype}{tuple(tensor.shape)}')
def test_every_tensor_comes_back(tmp_path, tensor):
    state = dict(meta=dict(iter=1, epoch=0), state_dict=OrderedDict(x=tensor), optimizer={'state': {0: {'m': tensor}}})
    write_checkpoint(tmp_path / 'a.pth', state)
    back = read_checkpoint(tmp_path / 'a.pth')
    assert form(back['state_dict']['x'].contiguous()) == form(tensor.contiguous())
    assert form(back['optimizer']['state'][0]['m'].contiguous()) == form(tensor.contiguous())


def test_weights_that_share_memory_still_do(tmp_path):
    weight = torch.arange(6.0)
    state = OrderedDict(all=weight, first=weight[:2], again=torch.nn.Parameter(weight))
    write_checkpoint(tmp_path / 'a.pth', sample(state_dict=state))
    back = read_checkpoint(tmp_path / 'a.pth')['state_dict']
    back['all'][0] = 7
    assert back['first'].tolist() == [7, 1]
    assert back['again'][0] == 7
    assert type(back['again']) is torch.Tensor


def test_plain_values_histories_and_numpy_come_back(tmp_path):
    values = dict(
        none=None,
        flags=[True, False],
        numbers=(1, -(2**70), 0.1, float('-inf')),
        text='é\ud800\n',
        content=b'\0\xff',
        nested={'a': [{'b': ((), [], {})}], 3: 'int key', ('x', 1): 'tuple key'},
        array=np.arange(6, dtype='>i4').reshape(2, 3).T[::-1],
        number=np.float32(0.1),
        word=np.str_('é'),
        flag=np.bool_(True),
        size=torch.Size([2, 3]),
    )
    write_checkpoint(tmp_path / 'a.pth', sample(values=values))
    back = read_checkpoint(tmp_path / 'a.pth')
    expected = values | dict(
        array=torch.tensor([[2, 5], [1, 4], [0, 3]], dtype=torch.int32),
        number=float(np.float32(0.1)),
        word='é',
        flag=True,
        size=(2, 3),
    )
    assert form(back['values']) == form(expected)
    history = back['message_hub']['log_scalars']['train/loss']
    history.update(1.25)
    assert history.data[0].tolist() == [3.5, 2.25, 1.25]
    assert history.statistics('mean') == 7 / 3
    MessageHub('resumed').load_state_dict(back['message_hub'])


def test_stock_torch_reads_it_too(tmp_path):
    path = tmp_path / 'a.pth'
    write_checkpoint(path, sample())
    stock, ours = torch.load(path, weights_only=True), read_checkpoint(path)
    assert form(stock['state_dict']) == form(ours['state_dict']) == form(sample()['state_dict'])
    assert stock['meta'] == ours['meta'] == sample()['meta']
    assert ours['state_dict']._metadata['1']['version'] == 2  # of the batch norm


@pytest.mark.parametrize('order', [OrderedDict, dict])
def test_state_dicts_of_any_make_keep_their_order(tmp_path, order):
    write_checkpoint(tmp_path / 'a.pth', sample(ema_state_dict=order(b=torch.ones(1), a=torch.zeros(1))))
    assert list(read_checkpoint(tmp_path / 'a.pth')['ema_state_dict']) == ['b', 'a']


def test_it_says_how_far_it_is(tmp_path):
    write_checkpoint(tmp_path / 'a.pth', sample(step=123456789012, epoch=7))
    assert read_progress(tmp_path / 'a.pth') == Progress(123456789012, 7)
    check_checkpoint(tmp_path / 'a.pth')


@pytest.mark.parametrize('zipped', [True, False])
def test_a_checkpoint_of_stock_mmengine_comes_back(tmp_path, zipped):
    hub = MessageHub('stock')
    for loss in (3.5, 2.25):
        hub.update_scalar('train/loss', loss)
    hub.update_info('score', np.float64(0.25))
    hub.update_info('flag', np.bool_(True))
    hub.update_info('palette', np.arange(6, dtype=np.uint8).reshape(2, 3))
    stock = sample(message_hub=hub.state_dict(), numbers=[np.float32(0.5), np.int64(-3), np.uint32(7)])
    path = str(tmp_path / 'stock.pth')
    if zipped:
        mmengine.runner.save_checkpoint(stock, path)
    else:
        torch.save(stock, path, _use_new_zipfile_serialization=False)
    back = read_checkpoint(path)
    assert read_progress(path) is None
    assert form(back['state_dict']) == form(stock['state_dict'])
    assert back['numbers'] == [0.5, -3, 7]
    resumed = MessageHub(f'resumed {zipped}')
    resumed.load_state_dict(back['message_hub'])
    assert resumed.get_scalar('train/loss').data[0].tolist() == [3.5, 2.25]
    assert resumed.get_scalar('train/loss').statistics('max') == 3.5
    assert type(resumed.get_scalar('train/loss')) is HistoryBuffer
    assert (resumed.get_info('score'), resumed.get_info('flag')) == (0.25, True)
    assert resumed.get_info('palette').tolist() == [[0, 1, 2], [3, 4, 5]]
    write_checkpoint(tmp_path / 'ours.pth', back)
    assert read_checkpoint(tmp_path / 'ours.pth')['message_hub']['runtime_info']['palette'].tolist()[1] == [3, 4, 5]


def test_weights_as_safetensors_are_read(tmp_path):
    from safetensors.torch import save_file

    save_file({'a': torch.arange(3.0)}, tmp_path / 'a.safetensors', metadata={'from': 'here'})
    back = read_checkpoint(tmp_path / 'a.safetensors', None)
    assert back['state_dict']['a'].tolist() == [0, 1, 2]
    assert back['meta'] == {'from': 'here'}


@pytest.mark.parametrize(
    'content',
    [
        [torch.ones(1)],
        torch.ones(1),
        {'message_hub': []},
        {'message_hub': {}},
        {'message_hub': {'log_scalars': [1]}},
        {'message_hub': {'log_scalars': {'loss': {'values': torch.ones(2)}}}},
        {'message_hub': {'log_scalars': {'loss': dict(values=torch.ones(2), counts=torch.ones(1), max_length=9)}}},
    ],
)
def test_another_structure_is_refused(tmp_path, content):
    torch.save(content, tmp_path / 'a.pth')
    with pytest.raises(CheckpointError, match=r'a\.pth: '):
        read_checkpoint(tmp_path / 'a.pth')


def test_no_file_and_a_folder(tmp_path):
    for path in (tmp_path, tmp_path / 'no.pth'):
        with pytest.raises(FileNotFoundError, match='no such checkpoint'):
            read_checkpoint(path)


class FullDisk(io.FileIO):
    """A file on a disk that has room for so many bytes more."""

    room = 0

    def write(self, data):
        if len(data) > self.room:
            super().write(bytes(data)[: self.room])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.room -= len(data)
        return super().write(data)


def check_earlier_stays(path, earlier):
    """Check that the checkpoint is what it was, with nothing beside it."""
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    assert form(read_checkpoint(path)) == earlier


def test_a_disk_that_fills_up_at_any_byte(tmp_path, monkeypatch):
    path = tmp_path / 'epoch_1.pth'
    write_checkpoint(path, sample(step=1))
    earlier, size = form(read_checkpoint(path)), path.stat().st_size
    for room in [*range(0, size, 61), *range(size - 150, size)]:
        full = type('Full', (FullDisk,), {'room': room})
        with monkeypatch.context() as patch:
            patch.setattr('jaguar_mm.storage.files.open', full, raising=False)
            with pytest.raises(CheckpointError, match=r'epoch_1\.pth: .*No space left.*earlier ones are untouched'):
                write_checkpoint(path, sample(step=1))
        assert [entry.name for entry in tmp_path.iterdir()] == [path.name]
    check_earlier_stays(path, earlier)


@pytest.mark.parametrize('step', ['fsync', 'replace'])
def test_a_disk_that_fails_after_the_last_byte(tmp_path, monkeypatch, step):
    path = tmp_path / 'epoch_1.pth'
    write_checkpoint(path, sample(step=1))
    earlier = form(read_checkpoint(path))

    def broken(*_):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr(os, step, broken)
        with pytest.raises(CheckpointError, match='Input/output error'):
            write_checkpoint(path, sample(step=2))
    check_earlier_stays(path, earlier)


def test_a_folder_that_cannot_be_written_to(tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(CheckpointError, match=r"epoch_1\.pth: .*'.*file'.*choose another --work-dir"):
        write_checkpoint(tmp_path / 'file' / 'epoch_1.pth', sample())


@pytest.mark.skipif(os.geteuid() == 0, reason='root may write anywhere')
def test_a_read_only_folder(tmp_path):
    path = tmp_path / 'epoch_1.pth'
    write_checkpoint(path, sample(step=1))
    earlier = form(read_checkpoint(path))
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(CheckpointError, match='Permission denied'):
            write_checkpoint(path, sample(step=2))
        check_earlier_stays(path, earlier)
    finally:
        tmp_path.chmod(0o700)


@contextmanager
def longest_file(size):
    """Let the system refuse longer files, as a quota does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


BIG = dict(state_dict=OrderedDict(weight=torch.ones(50_000)))  # 200 KB


def test_a_limit_of_file_sizes(tmp_path):
    path = tmp_path / 'epoch_1.pth'
    write_checkpoint(path, sample(step=1))
    earlier = form(read_checkpoint(path))
    with longest_file(100_000), pytest.raises(CheckpointError, match=r'epoch_1\.pth: .*File too large'):
        write_checkpoint(path, sample(**BIG))
    check_earlier_stays(path, earlier)


def test_stock_mmengine_loses_the_earlier_one_there(tmp_path):
    path = tmp_path / 'epoch_1.pth'
    mmengine.runner.save_checkpoint(sample(step=1), str(path))
    with longest_file(100_000), pytest.raises(OSError, match='File too large'):
        mmengine.runner.save_checkpoint(sample(**BIG), str(path))
    with pytest.raises(CheckpointError):
        read_checkpoint(path)
