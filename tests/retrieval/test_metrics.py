import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from jaguar_mm import retrieval

SCALARS = [retrieval.identity_balanced_map, retrieval.mean_average_precision, retrieval.mean_inp]
PAIRS = [retrieval.pair_roc_auc, retrieval.pair_average_precision, retrieval.pair_pearson]


def brute_force(similarity, query_ids, gallery_ids=None, ignore=None):
    """Sort every ranking and walk down it."""
    one_set = gallery_ids is None
    gallery_ids = query_ids if one_set else gallery_ids
    precisions, penalties, firsts, by_identity = [], [], [], {}
    for q, identity in enumerate(query_ids):
        allowed = [
            g for g in range(len(gallery_ids)) if not (one_set and g == q) and not (ignore is not None and ignore[q][g])
        ]
        ranked = sorted(allowed, key=lambda g, q=q: (-similarity[q][g], g))
        hits = [rank for rank, g in enumerate(ranked, 1) if gallery_ids[g] == identity]
        if hits:
            precision = sum(i / rank for i, rank in enumerate(hits, 1)) / len(hits)
            precisions.append(precision)
            penalties.append(len(hits) / hits[-1])
            firsts.append(hits[0])
            by_identity.setdefault(identity, []).append(precision)
    return dict(
        map=np.mean(precisions),
        map_ib=np.mean([np.mean(values) for values in by_identity.values()]),
        inp=np.mean(penalties),
        cmc={rank: np.mean([first <= rank for first in firsts]) for rank in (1, 5, 10)},
    )


def case(seed, m=12, n=None, levels=None):
    """Similarities (with ties if they have few levels), identities, and pairs to ignore."""
    rng = np.random.default_rng(seed)
    similarity = rng.normal(size=(m, n or m))
    if levels:
        similarity = np.round(similarity * levels) / levels
    ids = [f'cat {i}' for i in rng.integers(0, 4, m)]
    gallery_ids = None if n is None else [f'cat {i}' for i in rng.integers(0, 4, n)]
    return similarity, ids, gallery_ids, rng.random((m, n or m)) < 0.15


@pytest.mark.parametrize('seed', range(6))
@pytest.mark.parametrize('n', [None, 20])
@pytest.mark.parametrize('levels', [None, 1])
@pytest.mark.parametrize('with_ignore', [False, True])
def test_all_metrics_match_brute_force(seed, n, levels, with_ignore):
    similarity, ids, gallery_ids, ignore = case(seed, n=n, levels=levels)
    ignore = ignore if with_ignore else None
    expected = brute_force(similarity, ids, gallery_ids, ignore)
    sets = (similarity, ids, gallery_ids)
    assert retrieval.mean_average_precision(*sets, ignore=ignore) == pytest.approx(expected['map'])
    assert retrieval.identity_balanced_map(*sets, ignore=ignore) == pytest.approx(expected['map_ib'])
    assert retrieval.mean_inp(*sets, ignore=ignore) == pytest.approx(expected['inp'])
    assert retrieval.cmc(*sets, ignore=ignore) == pytest.approx(expected['cmc'])


def test_average_precision_matches_scikit_learn():
    similarity, ids, _, _ = case(0, m=30)
    ours = retrieval.average_precisions(similarity, ids)
    for q, identity in enumerate(ids):
        others = [g for g in range(30) if g != q]
        relevant = [ids[g] == identity for g in others]
        assert ours[q] == pytest.approx(average_precision_score(relevant, similarity[q][others]))


def test_pair_metrics_match_scikit_learn_and_numpy():
    similarity, ids, _, _ = case(1, m=20)
    pairs = [(i, j) for i in range(20) for j in range(20) if i != j]
    same = [ids[i] == ids[j] for i, j in pairs]
    values = [similarity[i, j] for i, j in pairs]
    assert retrieval.pair_roc_auc(similarity, ids) == pytest.approx(roc_auc_score(same, values))
    assert retrieval.pair_average_precision(similarity, ids) == pytest.approx(average_precision_score(same, values))
    assert retrieval.pair_pearson(similarity, ids) == pytest.approx(np.corrcoef(same, values)[0, 1])


def test_a_perfect_embedding_scores_one_although_the_query_is_no_match():
    ids = [0, 0, 1, 1, 2, 2]
    similarity = np.equal.outer(ids, ids).astype(float)
    assert [metric(similarity, ids) for metric in SCALARS + PAIRS] == pytest.approx([1] * 6)


def test_the_query_itself_never_counts():
    similarity = np.array([[9, 0.2, 0.1], [0.1, 9, 0.2], [0.1, 0.2, 9]])
    assert retrieval.mean_average_precision(similarity, ['a', 'b', 'a']) == pytest.approx((1 / 2 + 1 / 2) / 2)


def test_identities_weigh_the_same_however_many_images_they_have():
    ids = ['often'] * 4 + ['rare'] * 2
    similarity = np.equal.outer(ids, ids).astype(float)
    similarity[4:, :4] = 2  # the rare one is always found last
    rare = 1 / 5
    assert retrieval.identity_balanced_map(similarity, ids) == pytest.approx((1 + rare) / 2)
    assert retrieval.per_identity_map(similarity, ids)['rare'] == (pytest.approx(rare), 2)


@pytest.mark.parametrize('kind', ['list', 'array', 'tensor'])
@pytest.mark.parametrize('dtype', [torch.float16, torch.float32, torch.float64])
def test_kinds_and_dtypes(kind, dtype):
    similarity = torch.randn(9, 9, generator=torch.Generator().manual_seed(0)).to(dtype)
    ids = [0, 1, 2] * 3
    made = {'list': ids, 'array': np.array(ids), 'tensor': torch.tensor(ids)}[kind]
    expected = brute_force(similarity.double().numpy(), ids)
    assert retrieval.identity_balanced_map(similarity, made) == pytest.approx(expected['map_ib'])
    assert isinstance(retrieval.mean_average_precision(similarity.numpy(), made), float)


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6), m=st.integers(4, 16))
def test_order_of_images_and_monotone_rescaling_change_nothing(seed, m):
    similarity, ids, _, _ = case(seed, m=m)
    ids[:2] = ['cat 0', 'cat 0']
    shuffle = np.random.default_rng(seed).permutation(m)
    shuffled = similarity[np.ix_(shuffle, shuffle)], [ids[i] for i in shuffle]
    for metric in SCALARS:
        expected = metric(similarity, ids)
        assert metric(*shuffled) == pytest.approx(expected)
        assert metric(np.exp(2 * similarity), ids) == pytest.approx(expected)
        assert 0 < expected <= 1


@pytest.mark.parametrize('metric', [*SCALARS, *PAIRS, retrieval.cmc])
class TestUglyInput:
    def test_nan_is_named_by_row(self, metric):
        similarity = np.zeros((3, 3))
        similarity[1, 2] = np.nan
        with pytest.raises(ValueError, match=r'NaN in 1 row\(s\): 1'):
            metric(similarity, [0, 0, 1])

    def test_lengths_must_match(self, metric):
        with pytest.raises(ValueError, match='2 query and 2 gallery'):
            metric(np.zeros((3, 3)), [0, 1])

    def test_ignore_must_match(self, metric):
        with pytest.raises(ValueError, match='ignore must be'):
            metric(np.zeros((2, 2)), [0, 0], ignore=np.zeros((1, 2)))

    def test_nothing_at_all_is_refused(self, metric):
        with pytest.raises(ValueError, match='at least one entry'):
            metric(np.zeros((0, 0)), [])

    def test_no_positive_anywhere_is_refused(self, metric):
        with pytest.raises(ValueError, match=r'no query has a positive|pairs of the same identity'):
            metric(np.zeros((3, 3)), [0, 1, 2])
