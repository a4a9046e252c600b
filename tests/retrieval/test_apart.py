"""Which pairs are left out, against a loop over all pairs, in every way a retrieval is asked."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaguar_mm.retrieval import (
    Apart,
    CalibratedRanking,
    CosineRanking,
    Isotonic,
    MatrixRanking,
    Reciprocal,
    RerankedRanking,
    list_statistics,
    rank_statistics,
    score_ranking,
    score_similarity,
    score_top_k,
)
from jaguar_mm.retrieval.apart import pair_codes
from jaguar_mm.retrieval.embeddings import embed_sets
from jaguar_mm.retrieval.search import search
from jaguar_mm.retrieval.torch_search import torch_search
from tests.retrieval.sets import KINDS, embeddings

BLANKS = [None, '', float('nan')]
BLANK = {None, ''}


def column(rng, count, values=3, blanks=0.3):
    """A column with every kind of blank."""
    return [BLANKS[rng.integers(3)] if rng.random() < blanks else f'g{rng.integers(values)}' for _ in range(count)]


def known(value):
    return value not in BLANK and value == value


def left_out(different, same, m, n, one_set):
    """Which pairs are left out, one by one; the columns are pairs (of queries, of gallery)."""
    out = np.zeros((m, n), bool)
    for q in range(m):
        for g in range(n):
            out[q, g] = (
                any(known(a[q]) and known(b[g]) and a[q] == b[g] for a, b in different)
                or any(not (known(a[q]) and known(b[g]) and a[q] == b[g]) for a, b in same)
                or (one_set and q == g)
            )
    return out


def case(seed, m, n, differing, agreeing):
    """Random columns, as an Apart and as what it must leave out; n = 0 is one set."""
    rng = np.random.default_rng(seed)
    pairs = []
    for values, blanks in [(m // 3 + 1, 0.3)] * differing + [(2, 0.1)] * agreeing:
        query = column(rng, m, values, blanks)
        pairs.append((query, column(rng, n, values, blanks) if n else query))
    columns = [pair if n else pair[0] for pair in pairs]
    apart = Apart(different=columns[:differing], same=columns[differing:])
    return apart, left_out(pairs[:differing], pairs[differing:], m, n or m, not n)


def brute_force(similarity, out, k):
    """Sort what is left of every row."""
    indices, values = np.full((len(out), k), -1), np.full((len(out), k), -np.inf)
    for q, row in enumerate(similarity):
        order = [g for g in np.argsort(-row, kind='stable') if not out[q, g]][:k]
        indices[q, : len(order)], values[q, : len(order)] = order, row[order]
    return values, indices


def exact_cosines(query, gallery):
    query, gallery = (rows.astype(np.float64) for rows in (query, gallery))
    lengths = np.linalg.norm(query, axis=1)[:, None] * np.linalg.norm(gallery, axis=1)
    return np.round(query @ gallery.T / lengths, 12)


WAYS = [(0, 0), (1, 0), (0, 1), (2, 1), (3, 0), (1, 2)]


@pytest.mark.parametrize(('differing', 'agreeing'), WAYS)
@pytest.mark.parametrize('n', [0, 20])
def test_marks_by_hand(differing, agreeing, n):
    apart, out = case(0, 15, n, differing, agreeing)
    marks = np.zeros(out.shape, bool)
    pair_codes(apart, out.shape, not n).mark(marks, slice(0, 15), True)
    if not n:
        np.fill_diagonal(marks, True)
    np.testing.assert_array_equal(marks, out)


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('n', [0, 90])
@pytest.mark.parametrize('dtype', [np.float32, np.float64])
def test_cosine_lists_are_the_sorted_rest(kind, n, dtype):
    features = embeddings(kind, 70 + n, seed=5).astype(dtype)
    query, gallery = features[:70], features[70:] if n else None
    similarity = exact_cosines(query, query if gallery is None else gallery)
    for ways in WAYS:
        apart, out = case(1, 70, n, *ways)
        sets = embed_sets(query, gallery=gallery)
        for k in (1, 6, 60):
            values, indices = brute_force(similarity, out, k)
            found = CosineRanking(query, gallery).top_k(k, apart)
            np.testing.assert_array_equal(found[1], indices)
            np.testing.assert_allclose(found[0], values, atol=1e-7)
            assert found[0].dtype == dtype
            for other in (search(*sets, k, apart=apart, prefilter=True), torch_search(*sets, k, apart=apart)):
                np.testing.assert_array_equal(other.indices, indices)


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('n', [0, 60])
@pytest.mark.parametrize(('dtype', 'tolerance'), [(np.float32, 1e-5), (np.float64, 1e-9)])
def test_reranked_lists_are_the_sorted_rest(kind, n, dtype, tolerance):
    features = embeddings(kind, 50 + n, seed=6).astype(dtype)
    query, gallery = features[:50], features[50:] if n else None
    for share in (0.0, 0.3, 1.0):
        ranking = RerankedRanking(Reciprocal(query, gallery, k1=8, k2=3, lambda_value=share))
        wanted = np.float64 if n else dtype
        matrix = RerankedRanking(
            Reciprocal(
                query.astype(wanted),
                None if gallery is None else gallery.astype(wanted),
                k1=8,
                k2=3,
                lambda_value=share,
            )
        ).matrix()
        for ways in WAYS:
            apart, out = case(2, 50, n, *ways)
            for k in (1, 6, 49):
                values, indices = ranking.top_k(k, apart)
                expected, places = brute_force(matrix, out, k)
                np.testing.assert_array_equal(indices < 0, places < 0)
                np.testing.assert_allclose(values, expected, atol=tolerance)
                listed = indices >= 0
                rows = np.nonzero(listed)[0]
                assert not out[rows, indices[listed]].any()
                np.testing.assert_allclose(values[listed], matrix[rows, indices[listed]], atol=tolerance)


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 10**6),
    m=st.integers(2, 12),
    n=st.integers(0, 12),
    ways=st.sampled_from(WAYS),
    k=st.integers(0, 9),
)
def test_lists_of_any_values_are_the_sorted_rest(seed, m, n, ways, k):
    apart, out = case(seed, m, n, *ways)
    similarity = np.random.default_rng(seed).integers(0, 4, out.shape) / 4  # many ties
    k = min(k, out.shape[1] - (not n))
    steps = Isotonic((0.0, 0.5, 1.0), (0.0, 0.0, 1.0))
    for ranking, values in (
        (MatrixRanking(similarity, not n), similarity),
        (CalibratedRanking(MatrixRanking(similarity, not n), steps), steps(similarity)),
    ):
        expected = brute_force(values, out, k)
        found = ranking.top_k(k, apart)
        np.testing.assert_array_equal(found[0], expected[0])
        np.testing.assert_array_equal(found[1], expected[1])


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6), m=st.integers(4, 14), n=st.sampled_from([0, 5, 14]), ways=st.sampled_from(WAYS))
def test_scores_are_those_of_ignored_pairs(seed, m, n, ways):
    rng = np.random.default_rng(seed)
    apart, out = case(seed, m, n, *ways)
    ids = column(rng, m, 3, 0.2)
    gallery_ids = column(rng, n, 3, 0.2) if n else None
    similarity = rng.normal(size=out.shape)
    try:
        expected = score_similarity(similarity, ids, gallery_ids, ignore=out)
    except ValueError as error:
        with pytest.raises(ValueError, match=str(error)[:20]):
            score_ranking(MatrixRanking(similarity, not n), ids, gallery_ids, apart=apart)
        return
    scores = score_ranking(MatrixRanking(similarity, not n), ids, gallery_ids, apart=apart)
    np.testing.assert_array_equal(scores.ranks.average_precision, expected.ranks.average_precision)
    assert scores.pairs.roc_auc() == expected.pairs.roc_auc()
    lists = np.argsort(-similarity, axis=1)
    whole = score_top_k(lists, ids, gallery_ids, groups=apart)
    np.testing.assert_allclose(whole.ranks.average_precision, expected.ranks.average_precision)
    np.testing.assert_allclose(whole.ranks.inverse_penalty, expected.ranks.inverse_penalty)
    assert not whole.ranks.truncated
    short = MatrixRanking(similarity, not n).top_k(3, apart)[1]
    longest = (~out)[[known(value) for value in ids]].sum(1).max()
    assert list_statistics(short, ids, gallery_ids, groups=apart).truncated == (longest > short.shape[1])


def test_groups_are_a_case_of_it():
    similarity = np.random.default_rng(0).normal(size=(8, 8))
    ids, bursts = [0, 0, 0, 1, 1, 1, 0, 1], ['a', 'a', None, 'b', 'b', '', None, 'a']
    column_alone = rank_statistics(similarity, ids, groups=bursts).average_precision
    value = rank_statistics(similarity, ids, groups=Apart(different=(bursts,))).average_precision
    np.testing.assert_array_equal(column_alone, value)


def test_columns_are_taken_by_name():
    query, gallery = {'flank': ['l', 'r'], 'encounter': [1, 2]}, {'flank': ['l', 'l', 'r'], 'encounter': [1, 3, 3]}
    apart = Apart.by_name(query, gallery, different=('encounter',), same=('flank',))
    assert MatrixRanking(np.ones((2, 3)), one_set=False).top_k(3, apart)[1].tolist() == [[1, -1, -1], [2, -1, -1]]
    with pytest.raises(ValueError, match=r"no column 'sex' .* only flank, encounter"):
        Apart.by_name(query, gallery, same=('sex',))


def test_columns_must_fit():
    ranking = CosineRanking(np.eye(3))
    with pytest.raises(ValueError, match='groups for 2 queries'):
        ranking.top_k(1, Apart(different=(['a', 'b'],)))
    with pytest.raises(ValueError, match='cannot be negative'):
        ranking.top_k(-1)
