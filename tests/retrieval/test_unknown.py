"""Whatever stands for an unknown identity or group, and in whatever kind of column, is never an animal or a burst."""

from itertools import cycle, product

import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score, roc_auc_score

from jaguar_mm import retrieval

NUMBERS = [0, 1, 0, None, 2, None, 1, 0, None, 2, 1]  # identities; None where nobody knows
BURSTS = [7, None, 7, 8, None, 8, None, 9, 9, None, 9]


class Series:
    """What the library sees of a pandas series."""

    def __init__(self, values):
        self.values = values

    def __len__(self):
        return len(self.values)

    def __iter__(self):
        return iter(self.values)

    def tolist(self):
        return list(self.values)


class NoAnswer:
    """pandas's NA: equal to nothing, and neither true nor false."""

    def __eq__(self, other):
        return self

    __ne__ = __eq__
    __hash__ = object.__hash__

    def __bool__(self):
        raise TypeError('boolean value of NA is ambiguous')


def texts(column, unknown):
    return [unknown() if value is None else f'cat {value}' for value in column]


KINDS = {
    'list of None': lambda column: texts(column, lambda: None),
    'list of NaN': lambda column: texts(column, lambda: float('nan')),
    'list of one NaN': lambda column: texts(column, lambda: np.nan),
    'list of empty': lambda column: texts(column, str),
    'object array of None': lambda column: np.array(texts(column, lambda: None), dtype=object),
    'object array of NaN': lambda column: np.array(texts(column, lambda: np.nan), dtype=object),
    'array of empty': lambda column: np.array(texts(column, str)),
    'array of numbers': lambda column: np.array(column, dtype=float),
    'tensor': lambda column: torch.tensor(np.array(column, dtype=float)),
    'series of NA': lambda column: Series(texts(column, NoAnswer)),
    'mixed list': lambda column: texts(column, cycle([None, float('nan'), '', np.nan]).__next__),
}


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def kind(request):
    return request.param


def similarity(rows=11, columns=11):
    return np.random.default_rng(3).normal(size=(rows, columns))


def by_hand(values, query, gallery, left_out):
    """Every score, one query and one pair at a time; the same None is never the same animal."""
    precisions, firsts, pairs, by_identity = [], [], [], {}
    for q, animal in enumerate(query):
        if animal is None:
            continue
        listed = [g for g in range(len(gallery)) if not left_out(q, g)]
        right = [gallery[g] is not None and gallery[g] == animal for g in listed]
        scores = [values[q, g] for g in listed]
        pairs += zip(right, scores, strict=True)
        if any(right):
            precisions.append(average_precision_score(right, scores))
            by_identity.setdefault(animal, []).append(precisions[-1])
            firsts.append(1 + next(i for i, place in enumerate(np.argsort(scores)[::-1]) if right[place]))
    return {
        'map_ib': np.mean([np.mean(found) for found in by_identity.values()]),
        'map': np.mean(precisions),
        'cmc': np.mean(np.array(firsts) <= 1),
        'auc': roc_auc_score(*zip(*pairs, strict=True)),
        'queries': {animal: len(found) for animal, found in by_identity.items()},
    }


def of(scores):
    return {
        'map_ib': scores.identity_balanced_map,
        'map': scores.mean_average_precision,
        'cmc': scores.ranks.cmc([1])[1],
        'auc': scores.pairs.roc_auc(),
    }


def test_one_set(kind):
    values, ids = similarity(), kind(NUMBERS)
    expected = by_hand(values, NUMBERS, NUMBERS, lambda q, g: q == g)
    found = retrieval.per_identity_map(values, ids)
    assert [score.queries for score in found.values()] == list(expected.pop('queries').values())
    assert of(retrieval.score_similarity(values, ids)) == pytest.approx(expected)
    assert retrieval.identity_balanced_map(values, ids) == pytest.approx(expected['map_ib'])
    assert retrieval.pair_roc_auc(values, ids) == pytest.approx(expected['auc'])
    answered = np.isfinite(retrieval.average_precisions(values, ids))
    assert answered.tolist() == [number is not None for number in NUMBERS]


def test_a_gallery_of_its_own(kind):
    query, gallery = NUMBERS[:5], NUMBERS[2:]
    values = similarity(len(query), len(gallery))
    expected = by_hand(values, query, gallery, lambda q, g: False)
    del expected['queries']
    assert of(retrieval.score_similarity(values, kind(query), kind(gallery))) == pytest.approx(expected)


def test_a_blank_group_holds_nothing_together(kind):
    values = similarity()
    together = lambda q, g: q == g or (BURSTS[q] is not None and BURSTS[q] == BURSTS[g])  # noqa: E731
    expected = by_hand(values, NUMBERS, NUMBERS, together)
    del expected['queries']
    assert of(retrieval.score_similarity(values, kind(NUMBERS), groups=kind(BURSTS))) == pytest.approx(expected)


@pytest.mark.parametrize('groups', [None, BURSTS])
def test_lists_and_embeddings_score_as_the_matrix(kind, groups):
    features = np.random.default_rng(0).normal(size=(len(NUMBERS), 5))
    values = retrieval.cosine_similarity(features)
    ids, groups = kind(NUMBERS), None if groups is None else kind(groups)
    whole = retrieval.score_similarity(values, ids, groups=groups)
    assert of(retrieval.score_features(features, ids, groups=groups)) == pytest.approx(of(whole))
    listed = retrieval.score_top_k(np.argsort(-values, axis=1), ids, groups=groups)
    assert listed.identity_balanced_map == pytest.approx(whole.identity_balanced_map)
    assert listed.ranks.cmc([1]) == whole.ranks.cmc([1])
    assert not listed.ranks.truncated


def test_an_empty_list_of_an_unknown_query_makes_no_score_a_bound():
    lists = np.argsort(-similarity(), axis=1)
    lists[[number is None for number in NUMBERS]] = -1
    assert not retrieval.score_top_k(lists, KINDS['list of None'](NUMBERS)).ranks.truncated


def test_nothing_is_learnt_from_unlabelled_pairs(kind):
    values = similarity()
    known = [place for place, number in enumerate(NUMBERS) if number is not None]
    alone = retrieval.isotonic_calibration(values[np.ix_(known, known)], [NUMBERS[place] for place in known])
    grid = np.linspace(-3, 3, 50)
    assert retrieval.isotonic_calibration(values, kind(NUMBERS))(grid) == pytest.approx(alone(grid))


def test_only_unknown_images_have_no_score(kind):
    for score, column in product((retrieval.per_identity_map, retrieval.score_similarity), ([None] * 4, [1, 2, None])):
        with pytest.raises(ValueError, match='every identity occurs once or is unknown'):
            score(similarity(len(column), len(column)), kind(column))
