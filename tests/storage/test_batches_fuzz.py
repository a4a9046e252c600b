import json
import pickle
import struct
import warnings
from itertools import chain

import numpy as np
import pytest

from jaguar_mm.storage.batches import Batches
from tests.damage import Payload, cut, flipped

RESULT = np.random.default_rng(0).normal(size=(2, 4))


@pytest.fixture
def batches(tmp_path):
    batches = Batches(tmp_path / 'parts', {'checkpoint': 'abc'}, 2)
    batches.keep(0, RESULT)
    batches.keep(1, -RESULT)
    return batches


def part(batches, batch):
    (path,) = batches.folder.glob(f'{batch:06d}.*')
    return path


def test_damage_is_noticed_and_the_batch_computed_anew(batches, fuzz_cases):
    path = part(batches, 0)
    content = path.read_bytes()
    cases = 0
    for damaged in chain(flipped(content, 3000), cut(content, 200)):
        cases += 1
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r'000000\.safetensors: '):
            batches.load(0)
        with pytest.warns(UserWarning, match=r'000000\.safetensors: .* computed anew'):
            assert batches.missing() == [0]
        assert not path.exists()
    fuzz_cases(cases)
    batches.keep(0, RESULT)
    np.testing.assert_array_equal(batches.joined(), [*RESULT, *-RESULT])


def test_whole_batches_are_not_warned_of(batches):
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        assert batches.missing() == []


def test_damage_after_the_look_is_still_named(batches):
    assert batches.missing() == []
    path = part(batches, 1)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r'000001\.safetensors: damaged .*start the job again'):
        batches.joined()


def test_results_in_the_place_of_others_are_noticed(batches, tmp_path):
    other = Batches(tmp_path / 'others', {'checkpoint': 'xyz'}, 2)
    other.keep(1, RESULT)
    part(batches, 0).write_bytes(part(batches, 1).read_bytes())
    part(batches, 1).write_bytes(part(other, 1).read_bytes())
    with pytest.warns(UserWarning, match='not the result of batch'):
        assert batches.missing() == [0, 1]


@pytest.mark.parametrize(('kind', 'size'), [('F64', 8), ('BF16', 2), ('F8_E4M3', 1)])
def test_a_result_without_a_seal_is_none(batches, kind, size):
    owner = {'job': json.dumps({'checkpoint': 'abc'}, indent=1), 'batch': '0'}
    tensor = {'dtype': kind, 'shape': [1, 1], 'data_offsets': [0, size]}
    header = json.dumps({'__metadata__': owner, 'result': tensor}).encode()
    path = part(batches, 0)
    path.write_bytes(struct.pack('<Q', len(header)) + header + bytes(size))
    with pytest.warns(UserWarning, match=r'000000\.safetensors: .* computed anew'):
        assert batches.missing() == [0]


@pytest.mark.parametrize('dtype', [np.float16, np.float32, np.int64, bool])
@pytest.mark.parametrize('shape', [(0, 4), (3,), (2, 3, 4)])
def test_every_array_comes_back(batches, dtype, shape):
    result = np.asfortranarray(np.random.default_rng(0).integers(0, 2, shape).astype(dtype))
    batches.keep(0, result)
    loaded = batches.load(0)
    assert loaded.dtype == dtype
    np.testing.assert_array_equal(loaded, result)


@pytest.mark.parametrize('as_array', [False, True])
def test_a_pickle_is_never_run(batches, tmp_path, as_array):
    marker = tmp_path / 'marker'
    with open(part(batches, 0), 'wb') as file:
        if as_array:
            np.save(file, np.array([Payload(marker)] * 2, dtype=object))
        else:
            pickle.dump(Payload(marker), file)
    with pytest.raises(ValueError, match='damaged'):
        batches.load(0)
    with pytest.warns(UserWarning, match='computed anew'):
        assert batches.missing() == [0]
    assert not marker.exists()


def test_a_damaged_job_is_no_longer_this_job(batches, fuzz_cases):
    record = batches.folder / 'job.json'
    content = record.read_bytes()
    damages = [*flipped(content, 1000), *cut(content, 100)]
    for damaged in damages:
        record.write_bytes(damaged)
        with pytest.raises(ValueError, match='parts: batches of another job'):
            Batches(batches.folder, {'checkpoint': 'abc'}, 2)
    fuzz_cases(len(damages))
