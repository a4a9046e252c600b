import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from jaguar_mm import retrieval
from jaguar_mm.retrieval import tiles
from tests.retrieval.test_metrics import brute_force, case


def features(seed, n, width=16):
    """Clustered embeddings of 1 and -1, whose cosines are exact and often tie, and their identities."""
    rng = np.random.default_rng(seed)
    ids = rng.integers(0, max(2, n // 5), n)
    ids[:3] = 0, 0, 1
    centres = rng.normal(size=(n, width))
    return np.where(centres[ids] + rng.normal(size=(n, width)) > 0, 1.0, -1.0), ids


def pairs_of(similarity, ids, gallery_ids=None, ignore=None, groups=None):
    """Label and similarity of every pair that counts, one by one."""
    one_set = gallery_ids is None
    gallery_ids = ids if one_set else gallery_ids
    query_groups, gallery_groups = (groups, groups) if one_set or groups is None else groups
    found = []
    for q in range(len(ids)):
        for g in range(len(gallery_ids)):
            together = groups is not None and query_groups[q] is not None and query_groups[q] == gallery_groups[g]
            if not (one_set and q == g) and not (ignore is not None and ignore[q, g]) and not together:
                found.append((ids[q] == gallery_ids[g], float(similarity[q, g])))
    return tuple(map(np.array, zip(*found, strict=True)))


def numbers(scores):
    """A flat row of everything in the scores."""
    pairs, ranks = scores.pairs, scores.ranks
    row = [scores.identity_balanced_map, scores.mean_average_precision, scores.mean_inp, *ranks.cmc([1, 5]).values()]
    return [*row, pairs.roc_auc(), pairs.average_precision(), pairs.tpr(1e-3), pairs.tpr(0.1), pairs.pearson]


@pytest.fixture
def small_tiles(monkeypatch):
    """Several blocks even for a few images."""
    monkeypatch.setattr(tiles, 'TILE_ENTRIES', 50)


@pytest.mark.parametrize('seed', range(4))
@pytest.mark.parametrize('n', [None, 20])
@pytest.mark.parametrize('levels', [None, 1])
@pytest.mark.parametrize('with_ignore', [False, True])
def test_pairs_match_scikit_learn_in_any_number_of_blocks(small_tiles, seed, n, levels, with_ignore):
    similarity, ids, gallery_ids, ignore = case(seed, n=n, levels=levels)
    ignore = ignore if with_ignore else None
    same, values = pairs_of(similarity, ids, gallery_ids, ignore)
    pairs = retrieval.score_similarity(similarity, ids, gallery_ids, ignore=ignore).pairs
    false, true, _ = roc_curve(same, values, drop_intermediate=False)
    assert pairs.roc_auc() == pytest.approx(roc_auc_score(same, values))
    assert pairs.average_precision() == pytest.approx(average_precision_score(same, values))
    assert pairs.pearson == pytest.approx(np.corrcoef(same, values)[0, 1])
    for fpr in (0, 1e-3, 0.1, 0.5, 1):
        expected = true[false <= fpr].max()
        assert pairs.tpr(fpr) == pytest.approx(expected)
        assert retrieval.pair_tpr(similarity, ids, gallery_ids, fpr=fpr, ignore=ignore) == pairs.tpr(fpr)


def test_all_scores_match_the_functions_for_one_of_them():
    similarity, ids, _, _ = case(3, m=30)
    scores = retrieval.score_similarity(similarity, ids)
    assert scores.identity_balanced_map == retrieval.identity_balanced_map(similarity, ids)
    assert scores.mean_average_precision == retrieval.mean_average_precision(similarity, ids)
    assert scores.mean_inp == retrieval.mean_inp(similarity, ids)
    assert scores.ranks.cmc([1, 5]) == retrieval.cmc(similarity, ids, ranks=[1, 5])
    assert not scores.ranks.truncated


@pytest.mark.parametrize('two_sets', [False, True])
@pytest.mark.parametrize('kind', [np.asarray, torch.tensor])
def test_features_score_as_their_similarity_does(small_tiles, two_sets, kind):
    query, ids = features(0, 40)
    gallery, gallery_ids = features(1, 60) if two_sets else (None, None)
    made = (kind(query), ids, None if gallery is None else kind(gallery), gallery_ids)
    similarity = retrieval.cosine_similarity(query, gallery)
    expected = numbers(retrieval.score_similarity(similarity, ids, gallery_ids))
    assert numbers(retrieval.score_features(*made)) == pytest.approx(expected, abs=1e-9)


class TestGroups:
    @pytest.mark.parametrize('seed', range(4))
    @pytest.mark.parametrize('n', [None, 20])
    def test_groups_are_ignored_pairs(self, seed, n):
        similarity, ids, gallery_ids, _ = case(seed, n=n, levels=2)
        rng = np.random.default_rng(seed)
        groups = [None if g == 0 else f'burst {g}' for g in rng.integers(0, 6, len(ids))]
        gallery_groups = groups if n is None else [None if g == 0 else f'burst {g}' for g in rng.integers(0, 6, n)]
        ignore = np.array([[q is not None and q == g for g in gallery_groups] for q in groups])
        given_groups = groups if n is None else (groups, gallery_groups)
        expected = brute_force(similarity, ids, gallery_ids, ignore)
        scores = retrieval.score_similarity(similarity, ids, gallery_ids, groups=given_groups)
        assert scores.identity_balanced_map == pytest.approx(expected['map_ib'])
        assert scores.mean_inp == pytest.approx(expected['inp'])
        assert numbers(scores) == numbers(retrieval.score_similarity(similarity, ids, gallery_ids, ignore=ignore))
        same, values = pairs_of(similarity, ids, gallery_ids, groups=given_groups)
        assert scores.pairs.roc_auc() == pytest.approx(roc_auc_score(same, values))

    def test_lengths_must_match(self):
        with pytest.raises(ValueError, match='groups for 2 queries'):
            retrieval.score_similarity(np.zeros((3, 3)), [0, 0, 1], groups=['a', 'b'])


class TestTopK:
    @pytest.mark.parametrize('two_sets', [False, True])
    def test_whole_lists_score_as_the_matrix_does(self, two_sets):
        similarity, ids, gallery_ids, _ = case(5, n=20 if two_sets else None)
        lists = np.argsort(-similarity, axis=1, kind='stable')
        scores = retrieval.score_top_k(lists, ids, gallery_ids)
        expected = retrieval.score_similarity(similarity, ids, gallery_ids)
        assert scores.identity_balanced_map == pytest.approx(expected.identity_balanced_map)
        assert scores.mean_inp == pytest.approx(expected.mean_inp)
        assert scores.ranks.cmc([1, 5]) == expected.ranks.cmc([1, 5])
        assert not scores.ranks.truncated
        assert scores.pairs is None

    def test_short_lists_are_flagged_lower_bounds(self):
        similarity, ids, _, _ = case(6, m=30)
        np.fill_diagonal(similarity, -np.inf)
        lists = np.argsort(-similarity, axis=1, kind='stable')[:, :5]
        scores = retrieval.score_top_k(lists, ids)
        expected = retrieval.rank_statistics(similarity, ids)
        assert scores.ranks.truncated
        assert scores.ranks.cmc([1, 5]) == expected.cmc([1, 5])
        assert (scores.ranks.average_precision <= expected.average_precision).all()
        assert (scores.ranks.inverse_penalty <= expected.inverse_penalty).all()

    def test_by_hand(self):
        ids = ['a', 'a', 'a', 'b', 'b']
        lists = [[0, 1, 3], [3, 0, -1], [3, 4, -1], [4, -1, -1], [3, -1, -1]]
        ranks = retrieval.list_statistics(lists, ids)
        assert ranks.average_precision == pytest.approx([1 / 2, 1 / 4, 0, 1, 1])
        assert ranks.inverse_penalty == pytest.approx([0, 0, 0, 1, 1])
        assert ranks.first_rank.tolist() == [1, 2, 6, 1, 1]

    @pytest.mark.parametrize(
        ('lists', 'message'),
        [([[1], [2]], 'query 1 has an index outside'), ([[1, 1], [0, -1]], 'query 0 has a gallery image twice')],
    )
    def test_impossible_lists_are_named(self, lists, message):
        with pytest.raises(ValueError, match=message):
            retrieval.score_top_k(lists, [0, 0])


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), n=st.integers(6, 30))
def test_order_of_images_and_monotone_rescaling_change_nothing(seed, n):
    similarity, ids = case(seed, m=n)[0], features(seed, n)[1]
    expected = numbers(retrieval.score_similarity(similarity, ids))
    shuffle = np.random.default_rng(seed).permutation(n)
    shuffled = retrieval.score_similarity(similarity[np.ix_(shuffle, shuffle)], ids[shuffle])
    assert numbers(shuffled) == pytest.approx(expected)
    rescaled = numbers(retrieval.score_similarity(np.exp(3 * similarity), ids))
    assert rescaled[:-1] == pytest.approx(expected[:-1])  # the last one is Pearson's


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10**6), m=st.integers(3, 12), n=st.integers(3, 12))
def test_order_of_a_gallery_of_its_own_changes_nothing(seed, m, n):
    rng = np.random.default_rng(seed)
    similarity, ids, gallery_ids = rng.normal(size=(m, n)), rng.integers(0, 3, m), rng.integers(0, 3, n)
    ids[:2], gallery_ids[:2] = [0, 1], [0, 1]
    rows, columns = rng.permutation(m), rng.permutation(n)
    shuffled = retrieval.score_similarity(similarity[np.ix_(rows, columns)], ids[rows], gallery_ids[columns])
    assert numbers(shuffled) == pytest.approx(numbers(retrieval.score_similarity(similarity, ids, gallery_ids)))


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10**6), n=st.integers(4, 12), repeats=st.integers(2, 4))
def test_duplicates_of_a_gallery_change_no_pair_metric(seed, n, repeats):
    """Every pair just counts several times; duplicates tie, and the ranks match brute force."""
    rng = np.random.default_rng(seed)
    similarity, ids = rng.normal(size=(n, n)).round(1), rng.integers(0, 3, n)
    ids[:2] = 0, 1
    once = retrieval.score_similarity(similarity, ids, ids)
    often = np.tile(similarity, repeats), ids, np.tile(ids, repeats)
    several = retrieval.score_similarity(*often)
    assert several.pairs.roc_auc() == pytest.approx(once.pairs.roc_auc())
    assert several.pairs.average_precision() == pytest.approx(once.pairs.average_precision())
    assert several.pairs.pearson == pytest.approx(once.pairs.pearson)
    assert several.identity_balanced_map == pytest.approx(brute_force(*often)['map_ib'])


@pytest.mark.parametrize(
    'spread',
    [
        lambda v: v**21,  # nearly all in one cell
        lambda v: np.where(v > 1, np.inf, v),
        lambda v: np.where(v < -0.5, -np.inf, v),
        lambda v: np.sign(v) * 1e300,
        lambda v: v * 1e-320,  # subnormal
        lambda v: np.zeros_like(v),
    ],
)
def test_ranks_are_exact_however_the_similarities_lie(spread):
    similarity, ids, _, _ = case(8, m=120)
    similarity = spread(similarity)
    expected = brute_force(similarity, ids)
    assert retrieval.mean_average_precision(similarity, ids) == pytest.approx(expected['map'])
    assert retrieval.mean_inp(similarity, ids) == pytest.approx(expected['inp'])


@pytest.mark.parametrize('layout', [np.asfortranarray, lambda a: np.repeat(a, 2, axis=1)[:, ::2], torch.tensor])
def test_any_layout(small_tiles, layout):
    similarity, ids, _, _ = case(9, m=20)
    assert numbers(retrieval.score_similarity(layout(similarity), ids)) == numbers(
        retrieval.score_similarity(similarity, ids)
    )


def test_nan_in_several_blocks_is_named_at_once(small_tiles):
    similarity = np.zeros((20, 20))
    similarity[[3, 17], 5] = np.nan
    with pytest.raises(ValueError, match=r'NaN in 2 row\(s\): 3, 17'):
        retrieval.score_similarity(similarity, [0] * 20)


def test_gallery_and_its_identities_go_together():
    with pytest.raises(ValueError, match='both or neither'):
        retrieval.score_features(np.ones((2, 2)), [0, 0], np.ones((2, 2)))
