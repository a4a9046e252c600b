"""Scores of labelled embeddings against plain loops."""

import numpy as np
import pytest

from jaguar_mm.evaluation.scoring import protocols_of, score_stages, share_interval
from jaguar_mm.evaluation.sides import Sides
from jaguar_mm.retrieval import Cosine, Pipeline
from jaguar_mm.storage import EmbeddingSet

IDENTITIES = ['Ana', 'Ana', 'Ana', 'Bo', 'Bo', 'Cy', 'Cy', 'Cy', None]
FLANKS = ['l', 'r', 'l', 'l', 'l', 'r', 'r', 'l', 'l']
BURSTS = ['1', '1', '2', '3', '4', '5', '6', '7', '8']


def herd(**columns):
    vectors = np.random.default_rng(0).normal(size=(9, 4)).astype(np.float32)
    return EmbeddingSet([f'{row}.png' for row in range(9)], vectors, {'identity': IDENTITIES, **columns})


@pytest.mark.parametrize(
    ('columns', 'protocols'),
    [
        ({}, ['all']),
        ({'flank': FLANKS}, ['all', 'same_flank']),
        ({'encounter': BURSTS}, ['all', 'other_encounter']),
        ({'group': BURSTS, 'flank': [None] * 9}, ['other_bursts', 'all']),
        (
            {'flank': FLANKS, 'encounter': BURSTS},
            ['all', 'same_flank', 'other_encounter', 'same_flank_other_encounter'],
        ),
    ],
)
def test_protocols_are_those_that_the_columns_allow(columns, protocols):
    assert list(protocols_of(herd(**columns).columns, None)) == protocols


def test_each_protocol_equals_plain_loops():
    table = herd(flank=FLANKS, encounter=BURSTS)
    sides = Sides(table, None)
    rows = score_stages(Pipeline((Cosine(),))(*sides), sides)
    rules = {
        'all': lambda i, j: True,
        'same_flank': lambda i, j: FLANKS[i] == FLANKS[j],
        'other_encounter': lambda i, j: BURSTS[i] != BURSTS[j],
        'same_flank_other_encounter': lambda i, j: FLANKS[i] == FLANKS[j] and BURSTS[i] != BURSTS[j],
    }
    unit = table.vectors / np.linalg.norm(table.vectors, axis=1, keepdims=True)
    for name, counts in rules.items():
        right = []
        for i, animal in enumerate(IDENTITIES):
            there = [j for j in range(9) if j != i and counts(i, j)]  # whom nobody knows is a wrong match
            if animal and any(IDENTITIES[j] == animal for j in there):
                right.append(IDENTITIES[max(there, key=lambda j, i=i: unit[i] @ unit[j])] == animal)
        row = rows[name, 'raw']
        assert (row['nearest'], row['queries']) == (pytest.approx(np.mean(right)), len(right))
        assert row['low'] <= row['nearest'] <= row['high']


def test_the_interval_draws_identities_with_all_their_queries():
    """With queries of an animal all alike, the interval is that of as many coins as animals."""
    random = np.random.default_rng(1)
    per_animal = random.integers(0, 2, 60).astype(float)
    low, high = share_interval(np.repeat(per_animal, 7), np.repeat(np.arange(60), 7), seed=0)
    draws = [random.choice(per_animal, 60).mean() for _ in range(4000)]
    assert [low, high] == pytest.approx(np.quantile(draws, [0.025, 0.975]), abs=0.02)
    counted = np.concatenate([np.repeat(per_animal, 7), np.full(5, np.nan)])
    assert share_interval(counted, np.concatenate([np.repeat(np.arange(60), 7), np.full(5, 99)]), seed=0) == (low, high)


def test_a_share_without_doubt_has_no_width():
    assert share_interval(np.ones(6), np.array(list('aabbcc')), seed=3) == (1, 1)
