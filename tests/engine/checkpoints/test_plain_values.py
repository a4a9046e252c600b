import copy
import datetime
import enum
import pickle
import zipfile
from pathlib import Path

import mmengine.runner
import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer

from jaguar_mm.engine.checkpoints.file import CheckpointError, read_checkpoint, write_checkpoint
from jaguar_mm.engine.checkpoints.plain_values import to_plain


class Colour(enum.IntEnum):
    GREY = 1


class Text(str):
    pass


class Labelled(torch.Tensor):
    pass


REFUSED = [
    Path('a'),
    datetime.datetime(2026, 1, 1),
    {1, 2},
    Colour.GREY,
    Text('a'),
    1j,
    object(),
    len,
    torch.nn.Linear(1, 1),
    np.datetime64('2026-01-01'),
    np.complex64(1),
    np.longdouble(1),
    np.zeros(1, [('a', 'f4')])[0],
    np.array(['a', 'b']),
    np.array([{}, 1], dtype=object),
    np.array([1 + 2j]),
    np.ones(2, np.longdouble),
    np.zeros(2, [('a', 'f4')]),
]


@pytest.mark.parametrize('value', REFUSED, ids=lambda value: type(value).__name__)
def test_what_could_not_be_read_back_is_refused_by_its_place(tmp_path, value):
    for key in ('meta', 'state_dict'):
        checkpoint = {'meta': dict(iter=1, epoch=0), 'state_dict': {}}
        checkpoint[key] = checkpoint[key] | {'a': [0, (value,)]}
        with pytest.raises(TypeError, match=rf'{key}\.a\[1\]\[0\]: a .* cannot be kept in a checkpoint'):
            write_checkpoint(tmp_path / 'a.pth', checkpoint)
    with pytest.raises(TypeError, match=r'^meta, key .*: a .* cannot be kept'):
        to_plain({Colour.GREY: 1}, 'meta')
    assert list(tmp_path.iterdir()) == []


def test_tensors_of_other_classes_become_plain_ones():
    labelled = torch.ones(2, requires_grad=True).as_subclass(Labelled)
    labelled.note = object()
    plain = to_plain(labelled, 'x')
    assert type(plain) is torch.Tensor
    assert not plain.requires_grad
    assert not vars(plain)


@pytest.mark.parametrize('kind', ['b1', 'i1', 'u2', 'u4', 'i8', 'u8', 'f2', 'f4', '>f8', '>i2'])
def test_numbers_of_every_type_are_read_from_other_tools(tmp_path, kind):
    array = np.asfortranarray(np.arange(6).reshape(2, 3).astype(kind))
    torch.save({'array': array, 'number': array[1, 2], 'scalar': np.array(1, kind)}, tmp_path / 'a.pth')
    back = read_checkpoint(tmp_path / 'a.pth')
    assert back['array'].dtype == array.dtype.newbyteorder('=')
    np.testing.assert_array_equal(back['array'], array)
    assert back['number'] == array[1, 2]
    assert back['scalar'].shape == ()
    for again in (copy.deepcopy(back['array']), pickle.loads(pickle.dumps(back['array']))):
        np.testing.assert_array_equal(again, array)


def edited(path, old, new):
    """Replace bytes in the pickle of an archive, whose checksums fit again afterwards."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, 'w') as archive:
        for name, content in members.items():
            archive.writestr(name, content.replace(old, new) if name.endswith('data.pkl') else content)


def test_checkpoints_from_the_time_of_numpy_1_are_read(tmp_path):
    path = tmp_path / 'a.pth'
    hub = dict(log_scalars={'loss': HistoryBuffer([1.0, 2.0], [1, 1])}, runtime_info={'score': np.float64(0.5)})
    mmengine.runner.save_checkpoint({'message_hub': hub}, str(path))
    edited(path, b'numpy._core.multiarray', b'numpy.core.multiarray')
    back = read_checkpoint(path)['message_hub']
    assert back['log_scalars']['loss'].mean() == 1.5
    assert back['runtime_info'] == {'score': 0.5}


class Crafted:
    """Pickles as whatever is asked for."""

    def __init__(self, *reduced):
        self.reduced = reduced

    def __reduce__(self):
        return self.reduced


def number_type(code='f8', order='<', flags=0):
    return Crafted(np.dtype, (code, False, True), (3, order, None, None, None, -1, -1, flags))


def array_of(number_type, shape=(4,), content=b'ABCDEFGH' * 4):
    empty = np._core.multiarray._reconstruct, (np.ndarray, (0,), b'b')
    return Crafted(*empty, (1, shape, number_type, False, content))


def test_a_file_cannot_call_numbers_objects(tmp_path):
    torch.save({'a': array_of(number_type(flags=63))}, tmp_path / 'a.pth')
    array = read_checkpoint(tmp_path / 'a.pth')['a']
    assert array.dtype == np.float64
    assert array.dtype.flags == 0
    assert array.tobytes() == b'ABCDEFGH' * 4


@pytest.mark.parametrize(
    'value',
    [
        array_of(number_type('O8')),
        array_of(number_type('O8'), content=[1, 2, 3, 4]),
        array_of(number_type('V8')),
        array_of(number_type('f8,O')),
        array_of(number_type('f8', order='O,')),
        array_of(number_type(), shape=(10**12,)),
        array_of(number_type(), shape=(-1,)),
        array_of(number_type(), content=b'short'),
        array_of('f8'),
        Crafted(np._core.multiarray.scalar, (number_type('O8'), b'ABCDEFGH')),
        Crafted(np._core.multiarray.scalar, (number_type(), b'short')),
        Crafted(np.ndarray, ((10**12,),)),
        Crafted(getattr, (HistoryBuffer, '__init__')),
        Crafted(getattr, (HistoryBuffer, 'register_statistics')),
        Crafted(getattr, (np.ndarray, 'mean')),
        Crafted(getattr, (np.dtype, 'max')),
    ],
)
def test_a_crafted_value_is_refused(tmp_path, value):
    torch.save({'a': value}, tmp_path / 'a.pth')
    with pytest.raises(CheckpointError, match=r'a\.pth: no checkpoint that can be trusted'):
        read_checkpoint(tmp_path / 'a.pth')


def test_a_file_cannot_change_what_a_statistic_is(tmp_path):
    history = HistoryBuffer([1.0, 5.0], [1, 1])
    state = vars(history) | {'statistics_methods': {'mean': HistoryBuffer.max}, 'mean': 3, '_statistics_methods': {}}
    before = dict(HistoryBuffer._statistics_methods)
    saved = Crafted(HistoryBuffer, (), state)
    torch.save({'message_hub': {'log_scalars': {'loss': saved}}}, tmp_path / 'a.pth')
    back = read_checkpoint(tmp_path / 'a.pth')['message_hub']['log_scalars']['loss']
    assert HistoryBuffer._statistics_methods == before
    assert back.statistics('mean') == back.mean() == 3.0
