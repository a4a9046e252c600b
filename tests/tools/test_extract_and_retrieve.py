import csv
import json

import numpy as np
import pytest

from jaguar_mm.batches import Batches
from jaguar_mm.embedding_table import EmbeddingTable, load_embeddings, save_embeddings
from tests.tools.running import CONFIG, tool


@pytest.fixture(scope='module')
def extracted(checkpoint, options, tmp_path_factory):
    out = tmp_path_factory.mktemp('extracted') / 'test.safetensors'
    tool('extract.py', CONFIG, checkpoint, '--out', out, *options)
    return out


def test_the_test_set_with_names_and_identities(extracted, competition):
    table = load_embeddings(extracted)
    assert table.names == sorted(path.name for path in (competition / 'test').rglob('*.png'))
    assert len(set(table.identities)) == 3
    np.testing.assert_allclose(np.linalg.norm(table.embeddings, axis=1), 1, atol=1e-5)
    assert [path.name for path in extracted.parent.iterdir()] == [extracted.name]


def test_a_folder_gives_the_same_embeddings_without_identities(extracted, checkpoint, competition, options, tmp_path):
    out = tmp_path / 'folder.npz'
    tool('extract.py', CONFIG, checkpoint, '--out', out, '--images', competition / 'test' / 'test', *options)
    table = load_embeddings(out)
    assert table.identities is None
    np.testing.assert_allclose(table.embeddings, load_embeddings(extracted).embeddings, atol=1e-5)


def read(path):
    with open(path, newline='', encoding='utf-8') as file:
        return list(csv.DictReader(file))


def test_each_picture_is_ranked_among_the_others(extracted, tmp_path):
    out = tmp_path / 'ranked.csv'
    tool('retrieve.py', extracted, '--out', out, '--k', 3)
    table, rows = load_embeddings(extracted), read(out)
    assert [row['query'] for row in rows] == np.repeat(table.names, 3).tolist()
    assert [row['rank'] for row in rows] == ['1', '2', '3'] * len(table.names)
    cosine = table.embeddings @ table.embeddings.T
    np.fill_diagonal(cosine, -np.inf)
    best = cosine.argmax(1)
    assert [row['match'] for row in rows[::3]] == [table.names[g] for g in best]
    assert [float(row['similarity']) for row in rows[::3]] == pytest.approx(cosine.max(1), abs=1e-6)


def test_a_gallery_of_its_own_keeps_equal_pictures(tmp_path):
    save_embeddings(tmp_path / 'query.npz', EmbeddingTable(['q'], np.array([[2.0, 0.0]], np.float32)))
    rows = np.array([[0, 1], [1, 0], [3, 0]], np.float32)
    save_embeddings(tmp_path / 'gallery.npz', EmbeddingTable(['x', 'y', 'z'], rows))
    tool('retrieve.py', tmp_path / 'query.npz', '--gallery', tmp_path / 'gallery.npz', '--out', tmp_path / 'out.csv')
    ranked = [(row['match'], float(row['similarity'])) for row in read(tmp_path / 'out.csv')]
    assert ranked == [('y', 1), ('z', 1), ('x', 0)]


def test_copies_never_match_themselves(tmp_path):
    rows = np.vstack([np.ones((5, 2)), [[1, -1]]]).astype(np.float32)
    save_embeddings(tmp_path / 'rows.npz', EmbeddingTable(list('abcdef'), rows))
    tool('retrieve.py', tmp_path / 'rows.npz', '--out', tmp_path / 'out.csv', '--k', 2)
    ranked = read(tmp_path / 'out.csv')
    assert all(row['query'] != row['match'] for row in ranked)
    assert ''.join(row['match'] for row in ranked) == 'bcacabababab'
    assert sorted(path.name for path in tmp_path.iterdir()) == ['out.csv', 'rows.npz']


def test_an_interrupted_search_goes_on_where_it_stopped(tmp_path):
    rows = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    save_embeddings(tmp_path / 'rows.npz', EmbeddingTable(list('abcd'), rows))
    arguments = [tmp_path / 'rows.npz', '--k', 1, '--out', tmp_path / 'out.csv']
    (tmp_path / 'out.csv').mkdir()  # so that the first run fails when all is found but nothing written
    assert tool('retrieve.py', *arguments, check=False).returncode == 1
    parts = tmp_path / 'out.csv.parts'
    batches = Batches(parts, json.loads((parts / 'job.json').read_text()), 1)
    batches.keep(0, np.array([[[0.5, 3]]] * 4))  # what only a run that goes on would take for found
    (tmp_path / 'out.csv').rmdir()
    tool('retrieve.py', *arguments)
    assert [row['match'] for row in read(tmp_path / 'out.csv')] == list('dddd')


def test_a_missing_file_is_named(tmp_path):
    done = tool('retrieve.py', tmp_path / 'nowhere.npz', '--out', tmp_path / 'out.csv', check=False)
    assert done.returncode == 1
    assert 'nowhere.npz' in done.stderr
    assert not list(tmp_path.iterdir())
