"""Groups of images against average linkage written as a loop."""

import numpy as np
import pytest

from jaguar_mm.retrieval import group_candidates


def candidates(count, k, seed):
    random = np.random.default_rng(seed)
    indices = np.array([random.permutation([j for j in range(count) if j != i])[:k] for i in range(count)])
    scores = random.random((count, k)) ** 3
    indices[random.random((count, k)) < 0.1] = -1
    return indices, scores


def average_linkage(indices, scores, least):
    """Join the two groups of the largest mean score until it is below the threshold."""
    count = len(indices)
    pairs = np.zeros((count, count))
    for i in range(count):
        for j, score in zip(indices[i], scores[i], strict=True):
            if j >= 0:
                pairs[i, j] = pairs[j, i] = max(pairs[i, j], score)
    groups = [[i] for i in range(count)]
    while len(groups) > 1:
        means = {(a, b): pairs[np.ix_(groups[a], groups[b])].mean() for a in range(len(groups)) for b in range(a)}
        (a, b), best = max(means.items(), key=lambda item: item[1])
        if best < least:
            break
        groups[b] += groups.pop(a)
    return {frozenset(group) for group in groups}


def as_sets(labels):
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)}


@pytest.mark.parametrize('seed', range(8))
@pytest.mark.parametrize('least', [0.05, 0.2, 0.5, 0.9])
@pytest.mark.parametrize('dtype', [np.float32, np.float64])
def test_groups_equal_a_plain_loop(seed, least, dtype):
    indices, scores = candidates(24, 6, seed)
    labels = group_candidates(indices, scores.astype(dtype), least)
    assert as_sets(labels) == average_linkage(indices, scores.astype(dtype).astype(float), least)
    first = [int(np.flatnonzero(labels == label)[0]) for label in range(labels.max() + 1)]
    assert first == sorted(first)


def test_one_wrong_pair_does_not_join_two_animals():
    indices = np.array([[1, 2], [0, 2], [0, 1], [4, 5], [3, 5], [3, 4]])
    scores = np.full((6, 2), 0.5)
    indices = np.hstack([indices, [[-1], [-1], [3], [2], [-1], [-1]]])
    scores = np.hstack([scores, np.full((6, 1), 0.9)])
    assert group_candidates(indices, scores, 0.3).tolist() != [0] * 6
    assert as_sets(group_candidates(indices[:, :2], scores[:, :2], 0.3)) == {frozenset({0, 1, 2}), frozenset({3, 4, 5})}


@pytest.mark.parametrize('count', [0, 1, 3])
def test_without_pairs_each_is_alone(count):
    assert group_candidates(np.full((count, 2), -1), np.zeros((count, 2)), 0.2).tolist() == list(range(count))


@pytest.mark.parametrize('least', [0, -1, 1.1, float('nan')])
def test_a_threshold_out_of_range(least):
    with pytest.raises(ValueError, match='the least score of one group'):
        group_candidates(np.array([[1], [0]]), np.ones((2, 1)), least)
