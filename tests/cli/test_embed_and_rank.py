import csv
import json
from dataclasses import replace

import numpy as np
import pytest

from jaguar_mm.encoders import load_encoder
from jaguar_mm.retrieval import k_reciprocal_rerank, query_expansion
from jaguar_mm.storage import EmbeddingSet, EncoderFingerprint, load_embeddings, save_embeddings
from jaguar_mm.storage.batches import Batches
from tests.cli.running import CONFIG, refused, tool


@pytest.fixture(scope='module')
def extracted(checkpoint, options, tmp_path_factory):
    out = tmp_path_factory.mktemp('extracted') / 'test.safetensors'
    tool('embed', CONFIG, checkpoint, '--out', out, *options)
    return out


def test_the_test_set_with_names_and_identities(extracted, competition):
    table = load_embeddings(extracted)
    assert table.names == sorted(path.name for path in (competition / 'test').rglob('*.png'))
    assert len(set(table.columns['identity'])) == 3
    np.testing.assert_allclose(np.linalg.norm(table.vectors, axis=1), 1, atol=1e-5)
    assert [path.name for path in extracted.parent.iterdir()] == [extracted.name]


def test_views_and_the_encoder_are_in_the_file_and_the_published_model_gives_the_same(
    extracted, checkpoint, options, tmp_path
):
    tool('embed', CONFIG, checkpoint, '--tta', '--out', tmp_path / 'views.safetensors', *options)
    table, plain = load_embeddings(tmp_path / 'views.safetensors'), load_embeddings(extracted)
    np.testing.assert_array_equal(table.vectors, plain.vectors)
    assert table.views.keys() == {'flip'}
    assert table.encoder == plain.encoder
    tool('publish', checkpoint, '--out', tmp_path / 'model.safetensors')
    encoder = load_encoder(tmp_path / 'model.safetensors')
    assert encoder.fingerprint == plain.encoder
    found = encoder(table.columns['path'], names=table.names, views=['flip'])
    np.testing.assert_allclose(found.vectors, table.vectors, atol=1e-5)
    np.testing.assert_allclose(found.view('flip'), table.view('flip'), atol=1e-5)


def test_a_folder_gives_the_same_embeddings_without_identities(extracted, checkpoint, competition, options, tmp_path):
    out = tmp_path / 'folder.safetensors'
    tool('embed', CONFIG, checkpoint, '--out', out, '--folder', competition / 'test' / 'test', *options)
    table = load_embeddings(out)
    assert table.columns.keys() == {'path', 'content'}
    np.testing.assert_allclose(table.vectors, load_embeddings(extracted).vectors, atol=1e-5)


def read(path):
    with open(path, newline='', encoding='utf-8') as file:
        return list(csv.DictReader(file))


def test_each_image_is_ranked_among_the_others(extracted, tmp_path):
    out = tmp_path / 'ranked.csv'
    tool('rank', extracted, '--out', out, '--k', 3)
    table, rows = load_embeddings(extracted), read(out)
    assert [row['query'] for row in rows] == np.repeat(table.names, 3).tolist()
    assert [row['rank'] for row in rows] == ['1', '2', '3'] * len(table.names)
    cosine = table.vectors @ table.vectors.T
    np.fill_diagonal(cosine, -np.inf)
    best = cosine.argmax(1)
    assert [row['match'] for row in rows[::3]] == [table.names[g] for g in best]
    assert [float(row['similarity']) for row in rows[::3]] == pytest.approx(cosine.max(1), abs=1e-6)


def test_a_gallery_of_its_own_keeps_equal_images(tmp_path):
    save_embeddings(tmp_path / 'query.safetensors', EmbeddingSet(['q'], np.array([[2.0, 0.0]], np.float32)))
    rows = np.array([[0, 1], [1, 0], [3, 0]], np.float32)
    save_embeddings(tmp_path / 'gallery.safetensors', EmbeddingSet(['x', 'y', 'z'], rows))
    gallery = ['--gallery', tmp_path / 'gallery.safetensors']
    tool('rank', tmp_path / 'query.safetensors', *gallery, '--out', tmp_path / 'out.csv')
    ranked = [(row['match'], float(row['similarity'])) for row in read(tmp_path / 'out.csv')]
    assert ranked == [('y', 1), ('z', 1), ('x', 0)]


def test_copies_never_match_themselves(tmp_path):
    rows = np.vstack([np.ones((5, 2)), [[1, -1]]]).astype(np.float32)
    save_embeddings(tmp_path / 'rows.safetensors', EmbeddingSet(list('abcdef'), rows))
    tool('rank', tmp_path / 'rows.safetensors', '--out', tmp_path / 'out.csv', '--k', 2)
    ranked = read(tmp_path / 'out.csv')
    assert all(row['query'] != row['match'] for row in ranked)
    assert ''.join(row['match'] for row in ranked) == 'bcacabababab'
    assert sorted(path.name for path in tmp_path.iterdir()) == ['out.csv', 'rows.safetensors']


def test_an_interrupted_search_goes_on_where_it_stopped(tmp_path):
    rows = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    save_embeddings(tmp_path / 'rows.safetensors', EmbeddingSet(list('abcd'), rows))
    arguments = [tmp_path / 'rows.safetensors', '--k', 1, '--out', tmp_path / 'out.csv']
    (tmp_path / 'out.csv').mkdir()  # so that the first run fails when all is found but nothing written
    assert tool('rank', *arguments, check=False).returncode == 2
    parts = tmp_path / 'out.csv.parts'
    job = json.loads((parts / 'job.json').read_text())
    Batches(parts, job, 1).keep(0, np.array([[[0.5, 3]]] * 4))  # what only a run that goes on would take for found
    (tmp_path / 'out.csv').rmdir()
    tool('rank', *arguments)
    assert [row['match'] for row in read(tmp_path / 'out.csv')] == list('dddd')


@pytest.fixture
def herd(tmp_path):
    """Eight images of three animals in bursts; the last one shows nobody known."""
    rows = np.random.default_rng(1).normal(size=(8, 4)).astype(np.float32)
    identities = ['Lua', 'Lua', 'Rio', 'Rio', 'Sol', 'Sol', 'Sol', None]
    columns = {'identity': identities, 'group': ['a', 'a', 'b', None, 'c', 'c', 'd', None]}
    embeddings = EmbeddingSet(list('abcdefgh'), rows, columns, {'flip': rows[::-1].copy()})
    save_embeddings(tmp_path / 'herd.safetensors', embeddings)
    return embeddings


def ranked(tmp_path, *flags):
    tool('rank', tmp_path / 'herd.safetensors', '--out', tmp_path / 'out.csv', *flags)
    lists = {}
    for row in read(tmp_path / 'out.csv'):
        lists.setdefault(row['query'], []).append(row['match'])
    return lists


def test_every_stage_can_be_asked_for(herd, tmp_path):
    lists = ranked(tmp_path, '--k', 7, '--stages', 'Views', 'QueryExpansion:k=2', 'KReciprocalRerank:k1=2,k2=1')
    expanded = query_expansion(herd.view('flip'), k=2)
    distance = k_reciprocal_rerank(expanded, k1=2, k2=1)
    for i, name in enumerate(herd.names):
        order = [j for j in np.argsort(distance[i], kind='stable') if j != i]
        assert lists[name] == [herd.names[j] for j in order]
    done = tool('rank', 'x.safetensors', '--out', 'x.csv', '--stages', 'QueryExpansion:z=2', check=False)
    assert done.returncode == 2
    assert "has no setting 'z'" in done.stderr


def test_bursts_are_left_out_and_animals_are_ranked_by_their_best_image(herd, tmp_path):
    unit = herd.vectors / np.linalg.norm(herd.vectors, axis=1, keepdims=True)
    cosine, groups, identities = unit @ unit.T, herd.columns['group'], herd.columns['identity']
    allowed = [[j for j in range(8) if j != i and (groups[i] is None or groups[i] != groups[j])] for i in range(8)]
    images = ranked(tmp_path, '--k', 7, '--apart', 'group')
    animals = ranked(tmp_path, '--k', 7, '--apart', 'group', '--by', 'identity')
    for i, name in enumerate(herd.names):
        order = sorted(allowed[i], key=lambda j, i=i: -cosine[i, j])
        assert images[name] == [herd.names[j] for j in order]
        best = [j for j in order if identities[j] is not None]
        first = [j for place, j in enumerate(best) if identities[j] not in [identities[k] for k in best[:place]]]
        assert animals[name] == [herd.names[j] for j in first]


def test_galleries_are_joined_and_other_encoders_refused_by_name(herd, tmp_path):
    for name, rows, weights in (('one', slice(0, 3), 'x'), ('two', slice(3, 8), 'x'), ('other', slice(0, 3), 'y')):
        part = replace(herd.select(np.arange(8)[rows]), encoder=EncoderFingerprint(weights, '[]', 'resnet'))
        save_embeddings(tmp_path / f'{name}.safetensors', part)
    one, two, other = (tmp_path / f'{name}.safetensors' for name in ('one', 'two', 'other'))
    tool('rank', one, '--gallery', one, two, '--out', tmp_path / 'out.csv', '--k', 8)
    assert len(read(tmp_path / 'out.csv')) == 24
    done = refused('rank', one, '--gallery', two, other, '--out', tmp_path / 'out.csv')
    assert done.returncode == 2
    assert f'{one} and {other} come from different encoders' in done.stderr


def test_a_missing_file_is_named(tmp_path):
    done = refused('rank', tmp_path / 'nowhere.safetensors', '--out', tmp_path / 'out.csv')
    assert done.returncode == 2
    assert 'nowhere.safetensors' in done.stderr
    assert not list(tmp_path.iterdir())
