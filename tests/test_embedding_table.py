import numpy as np
import pytest

from jaguar_mm.embedding_table import EmbeddingTable, load_embeddings, save_embeddings

ROWS = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
NAMES = ['a.png', 'é/b.png', 'c,d.png']


@pytest.mark.parametrize('ending', ['npz', 'safetensors'])
@pytest.mark.parametrize('identities', [None, ['Abril', 'Señora', 'Abril']])
def test_what_is_saved_is_loaded(tmp_path, ending, identities):
    path = tmp_path / f'rows.{ending}'
    save_embeddings(path, EmbeddingTable(NAMES, ROWS, identities))
    loaded = load_embeddings(path)
    assert (loaded.names, loaded.identities) == (NAMES, identities)
    np.testing.assert_array_equal(loaded.embeddings, ROWS)
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_mistakes_are_named(tmp_path):
    with pytest.raises(ValueError, match=r'rows\.pt.*\.safetensors or \.npz'):
        save_embeddings(tmp_path / 'rows.pt', EmbeddingTable(NAMES, ROWS))
    with pytest.raises(FileNotFoundError, match=r'nowhere\.npz.*extract\.py'):
        load_embeddings(tmp_path / 'nowhere.npz')
    with pytest.raises(ValueError, match='comes twice'):
        EmbeddingTable(['a', 'a', 'b'], ROWS)
    with pytest.raises(ValueError, match='2 names do not fit'):
        EmbeddingTable(['a', 'b'], ROWS)


@pytest.mark.parametrize('ending', ['npz', 'safetensors'])
def test_another_file_is_refused_by_name(tmp_path, ending):
    path = tmp_path / f'rows.{ending}'
    path.write_bytes(b'no such thing')
    with pytest.raises(ValueError, match=rf'rows\.{ending}: no table of embeddings'):
        load_embeddings(path)


@pytest.mark.parametrize('value', [np.nan, np.inf, 0.0])
def test_embeddings_without_direction_are_named(value):
    embeddings = np.ones((3, 2), np.float32)
    embeddings[1] = value
    with pytest.raises(ValueError, match=r'1 picture\(s\).*: b\.png'):
        EmbeddingTable(['a.png', 'b.png', 'c.png'], embeddings)
