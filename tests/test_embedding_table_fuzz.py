import io
import json
import pickle
import struct
import tracemalloc
import zipfile
from itertools import chain

import numpy as np
import pytest
import safetensors.numpy

from jaguar_mm.embedding_table import EmbeddingTable, load_embeddings, save_embeddings
from tests.damage import Payload, cut, flipped

NAMES, IDENTITIES = ['a.png', 'é/b.png', 'c,d.png'], ['Abril', 'Señora', 'Abril']
ROWS = np.random.default_rng(0).normal(size=(3, 5)).astype(np.float32)
ENDINGS = ['npz', 'safetensors']


def is_whole(table):
    same = (table.names, table.identities) == (NAMES, IDENTITIES)
    return same and table.embeddings.dtype == np.float32 and np.array_equal(table.embeddings, ROWS)


@pytest.mark.parametrize('ending', ENDINGS)
def test_damage_is_named_or_harmless(tmp_path, ending, fuzz_cases):
    path = tmp_path / f'rows.{ending}'
    save_embeddings(path, EmbeddingTable(NAMES, ROWS, IDENTITIES))
    content = path.read_bytes()
    cases = harmless = 0
    for damaged in chain(flipped(content, 3000), cut(content, 300)):
        cases += 1
        path.write_bytes(damaged)
        try:
            table = load_embeddings(path)
        except ValueError as error:
            assert str(error).startswith(f'{path}: no table of embeddings')  # noqa: PT017
        else:
            harmless += 1
            assert is_whole(table)
    fuzz_cases(cases)
    assert cases > 2000
    assert harmless < cases / 2  # dates, attributes and the like of a .zip file; a name's letter in the seal's key
    path.write_bytes(content)
    assert is_whole(load_embeddings(path))


@pytest.mark.parametrize('ending', ENDINGS)
def test_a_few_bytes_more_are_never_misread(tmp_path, ending, fuzz_cases):
    path = tmp_path / f'rows.{ending}'
    save_embeddings(path, EmbeddingTable(NAMES, ROWS, IDENTITIES))
    content = path.read_bytes()
    for length in range(1, 33):
        path.write_bytes(content + bytes(length))
        try:
            assert is_whole(load_embeddings(path))
        except ValueError as error:
            assert str(path) in str(error)  # noqa: PT017
    fuzz_cases(32)


def object_npz(file, payload):
    objects = np.array([payload] * 3, dtype=object)
    np.savez(file, embeddings=objects, names=objects)


def object_npy(file, payload):
    np.save(file, np.array([payload] * 3, dtype=object))


def raw_pickle(file, payload):
    pickle.dump(payload, file)


@pytest.mark.parametrize('ending', ENDINGS)
@pytest.mark.parametrize('write', [object_npz, object_npy, raw_pickle])
def test_a_pickle_is_never_run(tmp_path, ending, write):
    path, marker = tmp_path / f'rows.{ending}', tmp_path / 'marker'
    with open(path, 'wb') as file:
        write(file, Payload(marker))
    with pytest.raises(ValueError, match=rf'rows\.{ending}: no table of embeddings'):
        load_embeddings(path)
    assert not marker.exists()


def test_the_payload_does_run_if_it_is_unpickled(tmp_path):
    pickle.loads(pickle.dumps(Payload(tmp_path / 'marker'))).close()
    assert (tmp_path / 'marker').exists()


def npy_that_claims(shape, dtype='<f4', content=b'\0' * 48):
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {'descr': dtype, 'fortran_order': False, 'shape': shape})
    return stream.getvalue() + content


def npz_of(path, **members):
    with zipfile.ZipFile(path, 'w') as archive:
        for name, content in members.items():
            archive.writestr(f'{name}.npy', content)


def text_array(texts):
    stream = io.BytesIO()
    np.save(stream, np.array(texts))
    return stream.getvalue()


def header_claims_rows(path):
    npz_of(path, embeddings=npy_that_claims((10**12, 4)), names=text_array(['a']))


def header_claims_long_names(path):
    npz_of(path, embeddings=npy_that_claims((3, 4)), names=npy_that_claims((3,), '<U999999999'))


def directory_claims_bytes(path, field=24):
    """The archive's directory claims 4 GiB too."""
    header_claims_rows(path)
    content = bytearray(path.read_bytes())
    place = content.index(b'PK\1\2') + field
    content[place : place + 4] = struct.pack('<I', 0xFFFFFFFE)
    path.write_bytes(content)


def directory_claims_packed_bytes(path):
    directory_claims_bytes(path, field=20)


def bomb(path):
    """A few KiB that LZMA unpacks to 64 MiB."""
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_LZMA) as archive:
        archive.writestr('embeddings.npy', npy_that_claims((1 << 22, 4), content=bytes(1 << 26)))
        archive.writestr('names.npy', text_array(['a']))


def tensor_claims_rows(path):
    header = json.dumps({'embeddings': {'dtype': 'F32', 'shape': [10**12, 4], 'data_offsets': [0, 16 * 10**12]}})
    path.write_bytes(struct.pack('<Q', len(header)) + header.encode() + b'\0' * 48)


@pytest.mark.parametrize(
    ('ending', 'write'),
    [
        ('npz', header_claims_rows),
        ('npz', header_claims_long_names),
        ('npz', directory_claims_bytes),
        ('npz', directory_claims_packed_bytes),
        ('npz', bomb),
        ('safetensors', tensor_claims_rows),
    ],
)
def test_a_claim_of_a_trillion_rows_takes_no_memory(tmp_path, ending, write):
    path = tmp_path / f'rows.{ending}'
    write(path)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match='no table of embeddings'):
            load_embeddings(path)
        assert tracemalloc.get_traced_memory()[1] < 10 * 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize('dtype', ['<f2', '<f4', '>f4', '<f8'])
@pytest.mark.parametrize('save', [np.savez, np.savez_compressed])
def test_arrays_of_another_program_need_no_seal(tmp_path, dtype, save):
    rows = np.asfortranarray(ROWS.astype(dtype))
    save(tmp_path / 'rows.npz', embeddings=rows, names=np.array(NAMES), more=np.array([{}], dtype=object))
    table = load_embeddings(tmp_path / 'rows.npz')
    assert (table.names, table.identities, table.embeddings.dtype) == (NAMES, None, np.float32)
    np.testing.assert_array_equal(table.embeddings, rows.astype(np.float32))
    table.embeddings[0, 0] = 7  # is the caller's own


def test_tensors_of_another_program_need_no_seal(tmp_path):
    metadata = {'names': json.dumps(NAMES), 'format': 'pt'}
    (tmp_path / 'rows.safetensors').write_bytes(
        safetensors.numpy.save({'embeddings': ROWS, 'more': ROWS}, metadata=metadata)
    )
    table = load_embeddings(tmp_path / 'rows.safetensors')
    np.testing.assert_array_equal(table.embeddings, ROWS)
    assert table.names == NAMES


@pytest.mark.parametrize('ending', ENDINGS)
def test_other_numbers_are_saved_as_the_table_promises(tmp_path, ending):
    save_embeddings(tmp_path / f'rows.{ending}', EmbeddingTable(NAMES, np.asfortranarray(ROWS.astype('>f8'))))
    np.testing.assert_array_equal(load_embeddings(tmp_path / f'rows.{ending}').embeddings, ROWS)


@pytest.mark.parametrize(
    ('arrays', 'message'),
    [
        ({'embeddings': np.ones((3, 2), int), 'names': np.array(NAMES)}, 'int64, not floating'),
        ({'embeddings': np.ones((3, 2), complex), 'names': np.array(NAMES)}, 'complex128, not floating'),
        ({'embeddings': np.array([['x']] * 3), 'names': np.array(NAMES)}, 'not floating'),
        ({'embeddings': ROWS, 'names': np.arange(3)}, 'names are no list of texts'),
        ({'embeddings': ROWS, 'names': np.array([b'a', b'b', b'c'])}, 'names are no list of texts'),
        ({'embeddings': ROWS, 'names': np.array([NAMES])}, 'names are no list of texts'),
        ({'embeddings': ROWS, 'names': np.array('abc')}, 'names are no list of texts'),
        ({'embeddings': ROWS, 'names': np.array(NAMES), 'identities': np.arange(3)}, 'identities are no list'),
        ({'embeddings': ROWS}, 'names'),
        ({'embeddings': ROWS[0], 'names': np.array(NAMES)}, '3 names do not fit'),
    ],
)
def test_arrays_of_another_kind_are_refused(tmp_path, arrays, message):
    np.savez(tmp_path / 'rows.npz', **arrays)
    with pytest.raises(ValueError, match=message):
        load_embeddings(tmp_path / 'rows.npz')


@pytest.mark.parametrize(
    'names', ['"abc"', '{"a": 1, "b": 2, "c": 3}', '[1, 2, 3]', '[["a"], ["b"], ["c"]]', '[' * 99999]
)
def test_metadata_of_another_kind_is_refused(tmp_path, names):
    path = tmp_path / 'rows.safetensors'
    path.write_bytes(safetensors.numpy.save({'embeddings': ROWS}, metadata={'names': names}))
    with pytest.raises(ValueError, match='no table of embeddings'):
        load_embeddings(path)


def test_numbers_that_numpy_does_not_have_are_refused(tmp_path):
    header = json.dumps({'embeddings': {'dtype': 'BF16', 'shape': [1, 2], 'data_offsets': [0, 4]}})
    path = tmp_path / 'rows.safetensors'
    path.write_bytes(struct.pack('<Q', len(header)) + header.encode() + b'\0' * 4)
    with pytest.raises(ValueError, match=r'rows\.safetensors: no table of embeddings'):
        load_embeddings(path)
