import json
import tracemalloc
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch

from jaguar_mm import retrieval
from jaguar_mm.retrieval import (
    Apart,
    Calibrate,
    CalibratedRanking,
    Cosine,
    CosineRanking,
    DatabaseAugmentation,
    FusedRanking,
    Isotonic,
    KReciprocalRerank,
    Logistic,
    MatrixRanking,
    Pipeline,
    QueryExpansion,
    Reciprocal,
    RerankedRanking,
    Stage,
    Standardised,
    Views,
    fit_standardised,
    score_ranking,
    score_similarity,
    tiles,
)
from tests.retrieval.sets import embeddings

CURVE = Isotonic((-1.0, 0.1, 0.7), (0.0, 0.0, 0.9))
EVERY = Pipeline(
    (Cosine(), Views(), QueryExpansion(2, 1.0), DatabaseAugmentation(), KReciprocalRerank(6, 3), Calibrate(CURVE))
)


@dataclass
class Images:
    vectors: np.ndarray
    views: dict = field(default_factory=dict)


def images(n, seed=0, dtype=np.float64):
    return Images(
        *(embeddings('clustered', n, seed).astype(dtype), {'flip': embeddings('clustered', n, seed + 1).astype(dtype)})
    )


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture
def small_tiles(monkeypatch):
    monkeypatch.setattr(tiles, 'TILE_ENTRIES', 130)


@pytest.mark.parametrize(('dtype', 'tolerance'), [(np.float32, 2e-6), (np.float64, 1e-12)])
@pytest.mark.parametrize('two_sets', [False, True])
def test_stages_build_on_each_other(dtype, tolerance, two_sets):
    query, gallery = images(30, 0, dtype), images(41, 7, dtype) if two_sets else None
    rankings = EVERY(query, gallery)
    assert list(rankings) == ['raw', '+TTA', '+QE', '+DBA', '+re-ranking', '+calibration']
    q, g = query.views['flip'], gallery.views['flip'] if two_sets else None
    eq = retrieval.expand_queries(q, g, 2, 1.0) if two_sets else retrieval.query_expansion(q, 2, 1.0)
    augmented = (eq, retrieval.database_augmentation(g)) if two_sets else (retrieval.database_augmentation(eq), None)
    plain = unit(query.vectors) @ unit(gallery.vectors if two_sets else query.vectors).T
    reranked = 1 - retrieval.k_reciprocal_rerank(*augmented, k1=6, k2=3)
    expected = [
        plain,
        unit(q) @ unit(g if two_sets else q).T,
        unit(eq) @ unit(g if two_sets else eq).T,
        augmented[0] @ (augmented[1] if two_sets else augmented[0]).T,
        reranked,
        np.interp(reranked, CURVE.similarities, CURVE.probabilities),
    ]
    for ranking, matrix in zip(rankings.values(), expected, strict=True):
        assert ranking.shape == matrix.shape
        assert ranking.one_set is not two_sets
        np.testing.assert_allclose(ranking.matrix(), matrix, atol=tolerance)
    np.testing.assert_array_equal(EVERY.final(query, gallery).matrix(), rankings['+calibration'].matrix())


@pytest.mark.usefixtures('small_tiles')
@pytest.mark.parametrize(('dtype', 'tolerance'), [(np.float32, 2e-6), (np.float64, 1e-12)])
@pytest.mark.parametrize('two_sets', [False, True])
def test_tiles_are_the_matrix_in_pieces_and_score_alike(dtype, tolerance, two_sets):
    query, gallery = images(33, 0, dtype), images(41, 7, dtype) if two_sets else None
    ids, gallery_ids = np.arange(33) % 5, np.arange(41) % 5 if two_sets else None
    apart = Apart(different=((np.arange(33) % 7, np.arange(41) % 7) if two_sets else np.arange(33) % 7,))
    for ranking in EVERY(query, gallery).values():
        pieces = list(ranking.tiles().blocks())
        assert len(pieces) > 5
        np.testing.assert_allclose(np.concatenate([piece for _, piece in pieces]), ranking.matrix(), atol=tolerance)
        scores = score_ranking(ranking, ids, gallery_ids, apart=apart)
        expected = score_similarity(ranking.matrix(), ids, gallery_ids, groups=apart)
        assert scores.identity_balanced_map == pytest.approx(expected.identity_balanced_map, abs=2e-3)
        assert scores.pairs.roc_auc() == pytest.approx(expected.pairs.roc_auc(), abs=2e-3)


def test_a_matrix_does_not_depend_on_what_was_asked_before():
    features = embeddings('clustered', 90).astype(np.float32)
    fresh, used = Reciprocal(features), Reciprocal(features)
    used.nearest(40)
    used.rows(slice(3, 9))
    np.testing.assert_array_equal(fresh.matrix(), used.matrix())


def test_nothing_is_computed_before_it_is_asked_for():
    broken = Images(np.full((4, 3), np.nan))
    rankings = EVERY(broken)
    with pytest.raises(ValueError, match='query has NaN or Inf'):
        rankings['raw']
    with pytest.raises(ValueError, match=r"no stage 'TTA', only raw, \+TTA"):
        rankings['TTA']


def test_a_missing_view_says_what_to_do():
    bare = images(5).vectors
    for query, gallery, side in ((bare, None, 'query'), (images(5), bare, 'gallery')):
        with pytest.raises(
            ValueError, match=rf"'\+TTA' needs {side} embeddings of the view 'flip'.*none.*drop the stage"
        ):
            Pipeline([Cosine(), Views()]).final(query, gallery)


def test_pipelines_are_plain_values():
    assert Pipeline.from_dict(json.loads(json.dumps(EVERY.to_dict()))) == EVERY
    assert EVERY.to_dict()['stages'][2] == dict(type='QueryExpansion', k=2, alpha=1.0, name='+QE')
    assert Stage.from_dict(dict(type='KReciprocalRerank', k1=9)) == KReciprocalRerank(k1=9)
    assert len({EVERY, Pipeline(list(EVERY.stages))}) == 1


def test_mistakes_are_named():
    with pytest.raises(ValueError, match='names of their own'):
        Pipeline([Cosine(), Cosine()])
    with pytest.raises(ValueError, match='at least one stage'):
        Pipeline(())
    with pytest.raises(ValueError, match=r"one of .*Cosine, .*got 'Rerankify'"):
        Stage.from_dict(dict(type='Rerankify'))
    with pytest.raises(ValueError, match="QueryExpansion has no setting 'kk', only k, alpha, name"):
        Stage.from_dict(dict(type='QueryExpansion', kk=3))
    with pytest.raises(ValueError, match='give both or neither'):
        score_ranking(CosineRanking(np.eye(3)), [0, 0, 1], [0, 0, 1])


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_tensors_are_taken(dtype):
    tensor = torch.from_numpy(embeddings('clustered', 20)).to(dtype)
    pipeline = Pipeline([Cosine(), QueryExpansion(), KReciprocalRerank(5, 2)])
    for of_tensor, of_array in zip(pipeline(tensor).values(), pipeline(tensor.double().numpy()).values(), strict=True):
        assert isinstance(of_tensor.matrix(), np.ndarray)
        np.testing.assert_allclose(of_tensor.matrix(), of_array.matrix(), atol=1e-5)


@pytest.mark.parametrize('ranking', EVERY(images(12)).values(), ids=list(EVERY(images(12))))
def test_the_unit_interval_keeps_order_and_ties(ranking):
    values = np.array([-1.0, -0.5, -0.5, 0.0, 1e-7, 2e-7, 0.999999, 1.0])
    if not isinstance(ranking, CosineRanking):
        values = (values + 1) / 2
    mapped = ranking.to_unit_interval(values)
    assert mapped.dtype == np.float64
    assert 0 <= mapped.min() <= mapped.max() <= 1
    np.testing.assert_array_equal(np.sign(np.diff(mapped)), np.sign(np.diff(values)))


@pytest.mark.usefixtures('small_tiles')
class TestFusion:
    ONE, TWO = (np.random.default_rng(seed).normal(size=(20, 20)) for seed in (1, 2))

    def test_standardised_like_matrices(self):
        rankings = [MatrixRanking(matrix, one_set=True) for matrix in (self.ONE, 3 + 10 * self.TWO)]
        fused = FusedRanking([CalibratedRanking(ranking, fit_standardised(ranking)) for ranking in rankings], [1, 3])
        expected = retrieval.fuse_similarities([self.ONE, self.TWO], 'zscore', [1, 3])
        np.testing.assert_allclose(fused.matrix(), expected)
        mapped = fused.to_unit_interval(expected)
        np.testing.assert_array_equal(np.argsort(mapped.ravel()), np.argsort(expected.ravel()))
        assert 0 < mapped.min() < mapped.max() < 1
        best = fused.top_k(3)[1]
        np.fill_diagonal(expected, -np.inf)
        np.testing.assert_array_equal(best, np.argsort(-expected, axis=1, kind='stable')[:, :3])

    def test_probabilities_of_two_encoders(self):
        curves = Logistic(2.0, -1.0), Logistic(1.0, 0.5)
        rankings = [
            CosineRanking(embeddings('random', 15, 3, 8)),
            RerankedRanking(Reciprocal(embeddings('random', 15, 4, 5), k1=4, k2=2)),
        ]
        fused = FusedRanking([CalibratedRanking(*pair) for pair in zip(rankings, curves, strict=True)])
        matrices = [ranking.matrix() for ranking in rankings]
        expected = (1 / (1 + np.exp(1 - 2 * matrices[0])) + 1 / (1 + np.exp(-0.5 - matrices[1]))) / 2
        np.testing.assert_allclose(fused.matrix(), expected, atol=1e-12)
        np.testing.assert_array_equal(fused.to_unit_interval(expected), expected)

    def test_mistakes_are_named(self):
        one = CalibratedRanking(MatrixRanking(self.ONE, one_set=True), CURVE)
        with pytest.raises(ValueError, match='no rankings'):
            FusedRanking([])
        with pytest.raises(ValueError, match=r'ranking 1 \(5, 20\)'):
            FusedRanking([one, CalibratedRanking(MatrixRanking(self.ONE[:5], one_set=False), CURVE)])
        with pytest.raises(ValueError, match='not some of each'):
            FusedRanking([one, CalibratedRanking(MatrixRanking(self.ONE, one_set=True), Standardised(0.0, 1.0))])
        with pytest.raises(ValueError, match='need 1 weights'):
            FusedRanking([one], [1, 2])


def test_no_stage_holds_a_dense_matrix(monkeypatch):
    monkeypatch.setattr(tiles, 'TILE_ENTRIES', 1 << 17)
    count = 2500
    dense = count * count * 4
    rankings = Pipeline([Cosine(), QueryExpansion(), KReciprocalRerank(), Calibrate(CURVE)])(
        embeddings('clustered', count).astype(np.float32)
    )
    ids, bursts = np.arange(count) // 6, np.arange(count) // 2
    tracemalloc.start()
    try:
        for name, ranking in rankings.items():
            score_ranking(ranking, ids, apart=bursts)
            ranking.top_k(10, bursts)
            assert tracemalloc.get_traced_memory()[1] < dense / 2, name
    finally:
        tracemalloc.stop()
