import numpy as np
import pytest

from jaguar_mm.retrieval import (
    Apart,
    CalibratedFusion,
    Cosine,
    CosineRanking,
    Logistic,
    MatrixRanking,
    Pipeline,
    QueryExpansion,
    ShortlistRanking,
    shortlist_recall,
)

SIMILARITY = np.array([[0.9, 0.1, 0.5, 0.3], [0.2, 0.8, 0.4, 0.6]])
INDICES = np.array([[0, 2, 3], [1, -1, 3]])
SCORES = np.array([[0.1, 0.7, 0.1], [0.0, 0.0, 0.2]], np.float32)


def test_candidates_come_first_by_score_then_by_the_order_before():
    ranking = ShortlistRanking(MatrixRanking(SIMILARITY, one_set=False), INDICES, SCORES)
    _, order = ranking.top_k(4)
    np.testing.assert_array_equal(order, [[2, 0, 3, 1], [3, 1, 2, 0]])
    np.testing.assert_allclose(ranking.rows(slice(0, 1))[0, INDICES[0]], SCORES[0], atol=2e-6)
    units = ranking.to_unit_interval(ranking.matrix())
    assert ((units >= 0) & (units <= 1)).all()
    np.testing.assert_array_equal(np.argsort(-units, 1), order)


@pytest.mark.parametrize('seed', range(5))
def test_the_order_is_that_of_sorting_by_hand(seed):
    random = np.random.default_rng(seed)
    similarity = random.random((6, 9))
    indices = np.stack([random.permutation(9)[:4] for _ in range(6)])
    scores = random.integers(0, 3, (6, 4)) / 4
    ranking = ShortlistRanking(MatrixRanking(similarity, one_set=False), indices, scores)
    for query, order in enumerate(ranking.top_k(9)[1]):
        known = dict(zip(indices[query].tolist(), scores[query].tolist(), strict=True))
        expected = sorted(range(9), key=lambda image: (-known.get(image, -1), -similarity[query, image]))
        assert order.tolist() == expected


def test_the_query_itself_is_no_candidate_and_blocks_equal_the_matrix():
    vectors = np.random.default_rng(0).normal(size=(7, 3))
    before = CosineRanking(vectors)
    _, indices = before.top_k(2)
    ranking = ShortlistRanking(before, indices, np.ones(indices.shape))
    assert not (ranking.top_k(6)[1] == np.arange(7)[:, None]).any()
    blocks = np.concatenate([ranking.rows(slice(row, row + 1)) for row in range(7)])
    np.testing.assert_allclose(blocks, ranking.matrix(), atol=1e-6)


@pytest.mark.parametrize(
    ('indices', 'scores'),
    [(INDICES, SCORES[:, :2]), (INDICES[:1], SCORES[:1]), (INDICES, -SCORES), (INDICES, SCORES * np.nan)],
)
def test_what_does_not_fit_is_refused(indices, scores):
    with pytest.raises(ValueError, match=r'candidate'):
        ShortlistRanking(MatrixRanking(SIMILARITY, one_set=False), indices, scores)


def test_the_recall_is_the_share_of_queries_with_a_match_among_the_candidates():
    gallery = ['Lua', 'Ti', 'Lua', 'Abril']
    assert shortlist_recall(INDICES[:, :2], ['Lua', 'Abril'], gallery) == 0.5
    assert shortlist_recall(INDICES, ['Lua', 'Abril'], gallery) == 1.0
    assert shortlist_recall(INDICES, ['Lua', 'nobody else'], gallery) == 1.0  # who has no match does not count
    apart = Apart(different=[(['a', 'b'], ['a', 'x', 'a', 'x'])])  # Lua's images are of her own burst
    assert shortlist_recall(INDICES, ['Lua', 'Abril'], gallery, apart=apart) == 1.0


def test_fusion_is_the_mean_of_calibrated_stages():
    random = np.random.default_rng(1)
    query, gallery = random.normal(size=(4, 5)), random.normal(size=(6, 5))
    curves = Logistic(3.0, -1.0), Logistic(0.5, 0.2)
    pipeline = Pipeline(
        (Cosine(), QueryExpansion(2), CalibratedFusion(('raw', '+QE'), curves, weights=(1.0, 3.0), name='fused'))
    )
    assert Pipeline.from_dict(pipeline.to_dict()) == pipeline
    rankings = pipeline(query, gallery)
    parts = [curve(rankings[name].matrix()) for curve, name in zip(curves, ('raw', '+QE'), strict=True)]
    np.testing.assert_allclose(rankings['fused'].matrix(), 0.25 * parts[0] + 0.75 * parts[1], atol=1e-6)


def test_fusing_what_is_not_there_is_named():
    vectors = np.eye(3)
    with pytest.raises(
        ValueError, match=r"'\+fusion' builds on '\+local', which is no stage before it \(there are: raw\)"
    ):
        Pipeline((Cosine(), CalibratedFusion(('raw', '+local'), (Logistic(1.0, 0.0),) * 2))).final(vectors)
    with pytest.raises(ValueError, match='1 calibrations for 2 stages'):
        Pipeline((Cosine(), CalibratedFusion(('raw', 'raw'), (Logistic(1.0, 0.0),)))).final(vectors)


def test_of_pairs_that_were_not_compared_nothing_is_known():
    """They are calibrated as a score of 0, whatever their order."""
    ranking = ShortlistRanking(MatrixRanking(SIMILARITY, one_set=False), INDICES, SCORES)
    expected = np.zeros((2, 4))
    for query, places in enumerate(INDICES):
        for place, score in zip(places, SCORES[query], strict=True):
            if place >= 0:
                expected[query, place] = score
    np.testing.assert_allclose(ranking.evidence.matrix(), expected, atol=2e-6)
    plain = MatrixRanking(SIMILARITY, one_set=False)
    assert plain.evidence is plain
