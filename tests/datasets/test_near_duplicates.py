import csv
import io
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaguar_mm.datasets import near_duplicates
from jaguar_mm.datasets.near_duplicates import (
    Evidence,
    embedding_evidence,
    group_near_duplicates,
    hash_evidence,
    near_pairs,
    suspects_csv,
)
from jaguar_mm.images import load_rgba
from jaguar_mm.images.perceptual_hash import MOST_BITS, image_hash
from jaguar_mm.synthesis import CompetitionSpec, plan_images
from jaguar_mm.synthesis.competition import make_image


def hashes_near(rng, centres, copies):
    """Copies of random hashes with up to 60 bits turned round."""
    hashes = np.repeat(rng.random((centres, 256)) < 0.5, copies, 0)
    for row in hashes:
        row[rng.choice(256, rng.integers(0, 60), replace=False)] ^= True
    return hashes[rng.permutation(len(hashes))]


def spread(neighbours, count):
    """Label images by walking from each to all that it leads to: an independent union-find."""
    labels = [None] * count
    for start in range(count):
        if labels[start] is None:
            waiting = [start]
            while waiting:
                here = waiting.pop()
                if labels[here] is None:
                    labels[here] = start
                    waiting += neighbours[here]
    return labels


@pytest.mark.parametrize('entries', [1, 100, 2**24])  # a row, a few, all rows at once
@pytest.mark.parametrize('most', [0, 30, 52, 256])
def test_pairs_and_groups_are_those_of_a_count_of_bits(monkeypatch, entries, most):
    monkeypatch.setattr(near_duplicates, 'ENTRIES', entries)
    hashes = hashes_near(np.random.default_rng(1), centres=6, copies=5)
    hashes = np.vstack([hashes, hashes[:2]])  # two exact copies
    apart = (hashes[:, None] != hashes).sum(2)
    expected = {(i, j): 1 - apart[i, j] / 128 for i, j in combinations(range(len(hashes)), 2) if apart[i, j] <= most}
    _, vectors, least = hash_evidence(hashes, most)
    found = {}
    for left, right, cosines in near_pairs(vectors, least):
        found |= dict(zip(zip(left.tolist(), right.tolist(), strict=True), cosines.tolist(), strict=True))
    assert found == expected  # the cosines too, to the last bit
    neighbours = [[j for j in range(len(hashes)) if apart[i, j] <= most] for i in range(len(hashes))]
    groups, _ = group_near_duplicates([hash_evidence(hashes, most)], [None] * len(hashes))
    assert groups.tolist() == spread(neighbours, len(hashes))


@given(st.integers(1, 40), st.floats(0, 0.2), st.floats(0, 0.2), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_two_kinds_of_evidence_join_what_either_joins(count, share, other_share, seed):
    rng = np.random.default_rng(seed)
    links = [np.triu(rng.random((count, count)) < each, 1) for each in (share, other_share)]
    evidence = []
    for link in links:  # vectors whose cosine is large exactly where there is a link
        symmetric = np.eye(count) + 0.5 / count * (link + link.T)
        values, basis = np.linalg.eigh(symmetric)
        vectors = basis * np.sqrt(values)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        evidence.append(Evidence('made up', vectors.astype(np.float32), 0.25 / count))
    both = links[0] | links[1]
    neighbours = [np.flatnonzero(both[i] | both[:, i]).tolist() for i in range(count)]
    groups, suspects = group_near_duplicates(evidence, [None] * count)
    assert groups.tolist() == spread(neighbours, count)
    assert suspects == []


def test_two_animals_are_joined_and_suspected():
    vectors = np.array([[1, 0], [0, 2], [3, 0], [4, 0.1], [0, 1]], np.float32)
    names, identities = list('abcde'), ['Lua', 'Ti', 'Abril', None, 'Ti']
    groups, suspects = group_near_duplicates([embedding_evidence(vectors, 0.99)], identities)
    assert groups.tolist() == [0, 1, 0, 0, 1]
    assert [(s.first, s.second, s.kind) for s in suspects] == [(0, 2, 'embedding')]
    (row,) = csv.DictReader(io.StringIO(suspects_csv(suspects, names, identities)))
    assert row == {
        'filename': 'a',
        'identity': 'Lua',
        'other_filename': 'c',
        'other_identity': 'Abril',
        'evidence': 'embedding',
        'cosine': '1.0',
    }


def test_the_nearest_suspects_come_first():
    hashes = np.zeros((3, 256), bool)
    hashes[1, :30] = hashes[2, :10] = True
    identities = ['Lua', 'Ti', 'Abril']
    _, suspects = group_near_duplicates([hash_evidence(hashes, 40)], identities)
    rows = list(csv.DictReader(io.StringIO(suspects_csv(suspects, list('abc'), identities))))
    assert [(row['filename'], row['other_filename'], float(row['cosine'])) for row in rows] == [
        ('a', 'c', 1 - 10 / 128),
        ('b', 'c', 1 - 20 / 128),
        ('a', 'b', pytest.approx(1 - 30 / 128, abs=1e-6)),
    ]


def test_an_embedding_without_direction_is_refused():
    with pytest.raises(ValueError, match='zeros'):
        embedding_evidence(np.zeros((2, 3)), 0.9)


def test_synthetic_bursts_are_found():
    """Precision and recall of pairs; the whole table is made by benchmarks/duplicates.py."""
    spec = CompetitionSpec(seed=3, identities=6, train_per_identity=12, test_per_identity=0, size=192, burst_length=3)
    plans = plan_images(spec)
    hashes = np.stack([image_hash(make_image(spec, plan)[0]) for plan in plans])
    groups, _ = group_near_duplicates([hash_evidence(hashes, MOST_BITS)], [plan.name for plan in plans])
    pairs = list(combinations(range(len(plans)), 2))
    true = {pair for pair in pairs if plans[pair[0]].burst == plans[pair[1]].burst}
    found = {pair for pair in pairs if groups[pair[0]] == groups[pair[1]]}
    assert len(true) > 50
    assert len(found & true) / len(found) > 0.99
    assert len(found & true) / len(true) > 0.97


def test_nyala_s_repeated_photographs_are_found(shared_data):
    """Animal 218 has five sightings with the same photograph twice; animals 20 and 176 two alike by chance."""
    folder = shared_data / 'nyala' / 'images'
    paths = sorted(path for animal in ('218', '20', '176', '1') for path in (folder / animal).glob('*.jpg'))
    hashes = np.stack([image_hash(load_rgba(path).pixels) for path in paths])
    groups, suspects = group_near_duplicates([hash_evidence(hashes, MOST_BITS)], [path.parent.name for path in paths])
    twice = {frozenset((place, first)) for place, first in enumerate(groups.tolist()) if place != first}
    repeated = {path: path.with_name(path.name.replace('(1)', '')) for path in paths if '(1)' in path.name}
    assert {frozenset((paths[i], paths[j])) for i, j in map(tuple, twice)} == set(map(frozenset, repeated.items()))
    assert len(repeated) == 8
    assert suspects == []
