import json
import pickle
import struct
import tracemalloc
from itertools import chain

import numpy as np
import pytest
import safetensors.numpy

from jaguar_mm.storage import EmbeddingSet, EncoderFingerprint, load_embeddings, save_embeddings, write_sealed
from jaguar_mm.storage.embedding_file import KIND
from tests.damage import Payload, cut, flipped

NAMES, IDENTITIES = ['a.png', 'é/b.png', 'c,d.png'], ['Abril', None, 'Señora']
ROWS = np.random.default_rng(0).normal(size=(3, 5)).astype(np.float32)
ENCODER = EncoderFingerprint('abc', '[]')


@pytest.fixture
def path(tmp_path):
    path = tmp_path / 'rows.safetensors'
    save_embeddings(path, EmbeddingSet(NAMES, ROWS, {'identity': IDENTITIES}, {'flip': -ROWS}, ENCODER))
    return path


def test_all_damage_is_named(path, fuzz_cases):
    content = path.read_bytes()
    cases = 0
    for damaged in chain(flipped(content, 3000), cut(content, 300), (content + bytes(n) for n in range(1, 33))):
        cases += 1
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r'rows\.safetensors: no file of embeddings'):
            load_embeddings(path)
    fuzz_cases(cases)
    path.write_bytes(content)
    assert load_embeddings(path).columns == {'identity': IDENTITIES}


@pytest.mark.parametrize('write', [np.save, lambda file, payload: pickle.dump(payload, file)])
def test_a_pickle_is_never_run(path, tmp_path, write):
    marker = tmp_path / 'marker'
    with open(path, 'wb') as file:
        write(file, np.array([Payload(marker)] * 3, dtype=object))
    with pytest.raises(ValueError, match='no file of embeddings'):
        load_embeddings(path)
    assert not marker.exists()


def test_a_claim_of_a_trillion_rows_takes_no_memory(path):
    header = json.dumps({'vectors': {'dtype': 'F32', 'shape': [10**12, 4], 'data_offsets': [0, 16 * 10**12]}})
    path.write_bytes(struct.pack('<Q', len(header)) + header.encode() + b'\0' * 48)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match='no file of embeddings'):
            load_embeddings(path)
        assert tracemalloc.get_traced_memory()[1] < 10 * 2**20
    finally:
        tracemalloc.stop()


def test_another_program_s_file_is_refused_by_name(path):
    path.write_bytes(safetensors.numpy.save({'embeddings': ROWS}, metadata={'names': json.dumps(NAMES)}))
    with pytest.raises(ValueError, match=r'rows\.safetensors: .*another program wrote it'):
        load_embeddings(path)


def table(**content):
    return np.frombuffer(json.dumps({'names': NAMES, 'columns': {}} | content).encode(), np.uint8)


@pytest.mark.parametrize(
    ('arrays', 'texts'),
    [
        ({'vectors': ROWS, 'table': table()}, {}),
        ({'vectors': ROWS, 'table': table()}, {'kind': 'jaguar_mm embeddings, version 9'}),
        ({'vectors': ROWS}, {'kind': KIND}),
        ({'table': table()}, {'kind': KIND}),
        ({'vectors': ROWS, 'table': table(names=['a'])}, {'kind': KIND}),
        ({'vectors': ROWS, 'table': table(names=[['a'], 'b', 'c'])}, {'kind': KIND}),
        ({'vectors': ROWS, 'table': table(columns={'identity': ['a']})}, {'kind': KIND}),
        ({'vectors': ROWS, 'table': np.frombuffer(b'[' * 99999, np.uint8)}, {'kind': KIND}),
        ({'vectors': np.ones((3, 5), int), 'table': table()}, {'kind': KIND}),
        ({'vectors': ROWS[0], 'table': table()}, {'kind': KIND}),
        ({'vectors': ROWS, 'table': table()}, {'kind': KIND, 'encoder': '[]'}),
        ({'vectors': ROWS, 'table': table()}, {'kind': KIND, 'encoder': '{"weights": 1}'}),
        ({'vectors': ROWS, 'table': table()}, {'kind': KIND, 'encoder': '{"weights": "a", "colour": "b"}'}),
    ],
)
def test_sealed_files_of_another_kind_are_refused(path, arrays, texts):
    write_sealed(path, arrays, texts)
    with pytest.raises(ValueError, match=r'rows\.safetensors: no file of embeddings'):
        load_embeddings(path)
