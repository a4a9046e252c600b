"""Stacking weighs rankings as scikit-learn's logistic regression does; a member of an ensemble is ranked by itself."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from jaguar_mm.registry import STAGES
from jaguar_mm.retrieval import (
    CalibratedFusion,
    Cosine,
    CosineRanking,
    MatrixRanking,
    Pipeline,
    Stage,
    fit_logistic,
    fit_stacking,
)


def opinions(animals=12, each=6, noises=(1.0, 2.0), seed=0):
    """Return identities (N,) and a matrix (N, N) of each opinion on who is alike."""
    rng = np.random.default_rng(seed)
    ids = np.repeat(np.arange(animals), each)
    same = np.equal.outer(ids, ids)
    return ids, [same + noise * rng.normal(size=same.shape) for noise in noises]


def pairs(ids, matrices, chosen=True):
    off = ~np.eye(len(ids), dtype=bool) & chosen
    return np.stack([matrix[off] for matrix in matrices], 1), np.equal.outer(ids, ids)[off]


def learnt(matrices, ids, **options):
    return fit_stacking([MatrixRanking(matrix, one_set=True) for matrix in matrices], ids, **options)


def fused(matrices, calibrations, weights):
    return sum(w * c(m) for w, c, m in zip(weights, calibrations, matrices, strict=True)) / sum(weights)


@pytest.mark.parametrize('dtype', [np.float32, np.float64])
def test_weights_are_those_of_a_logistic_regression(dtype):
    ids, matrices = opinions()
    matrices = [matrices[0].astype(dtype), (5 - 0.1 + 40 * matrices[1]).astype(dtype)]  # on scales of their own
    values, label = pairs(ids, matrices)
    centre, spread = values.mean(0, dtype=np.float64), values.std(0, dtype=np.float64)
    oracle = LogisticRegression(C=np.inf, tol=1e-10).fit((values - centre) / spread, label)
    calibrations, weights = learnt(matrices, ids)
    np.testing.assert_allclose(weights, oracle.coef_[0], rtol=0.02)  # whose targets are 0 and 1
    np.testing.assert_allclose([c.mean for c in calibrations], centre, rtol=1e-5)
    np.testing.assert_allclose([c.deviation for c in calibrations], spread, rtol=1e-5)
    alike = np.corrcoef(
        fused(matrices, calibrations, weights)[~np.eye(len(ids), dtype=bool)], values @ (oracle.coef_[0] / spread)
    )
    assert alike[0, 1] > 0.9999


def test_pairs_apart_and_unknown_images_do_not_count():
    ids, matrices = opinions()
    groups = np.arange(len(ids)) // 2  # pairs
    ids = ids.astype(object)
    ids[:3] = None
    expected = learnt(matrices, ids, apart=groups)
    changed = [matrix.copy() for matrix in matrices]
    for matrix in changed:
        matrix[:3] = matrix[:, :3] = 77
        matrix[np.equal.outer(groups, groups)] = -77
    assert learnt(changed, ids, apart=groups) == expected


def test_one_ranking_is_ordered_as_by_its_calibration():
    ids, (matrix, _) = opinions()
    ((calibration,), (weight,)) = learnt([matrix], ids)
    curve = fit_logistic(MatrixRanking(matrix, one_set=True), ids)
    assert weight == pytest.approx(curve.slope * calibration.deviation)


def test_no_weight_is_negative_and_none_at_all_is_refused():
    ids, matrices = opinions()
    calibrations, weights = learnt([matrices[0], -matrices[1], matrices[1]], ids)
    assert weights[1] == 0
    assert weights[::2] == pytest.approx(learnt(matrices, ids)[1])
    assert len(calibrations) == 3
    with pytest.raises(ValueError, match='not more alike than others'):
        learnt([-matrices[0], -matrices[1]], ids)


@pytest.mark.parametrize('kind', [np.float32, np.float64, torch.float32])
@pytest.mark.parametrize('gallery', [False, True])
def test_a_member_is_ranked_by_its_own_numbers(kind, gallery):
    rows = np.random.default_rng(1).normal(size=(9, 7))
    rows = torch.tensor(rows, dtype=kind) if kind is torch.float32 else rows.astype(kind)
    sides = (rows[:4], rows[4:]) if gallery else (rows,)
    stages = [dict(type='Member', start=2, stop=5, name='model 2'), dict(type='Cosine')]
    rankings = Pipeline(tuple(STAGES.build(stage) for stage in stages))(*sides)
    for name, columns in (('model 2', slice(2, 5)), ('raw', slice(None))):
        expected = CosineRanking(*(side[:, columns] for side in sides)).matrix()
        np.testing.assert_array_equal(rankings[name].matrix(), expected)


def test_a_member_that_is_not_there_is_named():
    member = Stage.from_dict(dict(type='Member', start=2, stop=9, name='model 2'))
    with pytest.raises(ValueError, match=r"'model 2' looks at the numbers 2 to 9 of an ensemble, but .* have 7; give"):
        Pipeline((member,)).final(np.ones((3, 7)))


def test_a_stacked_fusion_is_a_plain_value_that_orders_pairs_as_it_was_learnt():
    rows = np.random.default_rng(2).normal(size=(30, 8)).astype(np.float32)
    ids = np.arange(30) % 5
    rows[:, :4] += np.eye(5, 4)[ids]
    stages = [Stage.from_dict(dict(type='Member', start=s, stop=s + 4, name=n)) for s, n in ((0, 'a'), (4, 'b'))]
    rankings = Pipeline((*stages, Cosine()))(rows)
    calibrations, weights = fit_stacking([rankings['a'], rankings['raw']], ids)
    pipeline = Pipeline((*stages, Cosine(), CalibratedFusion(('a', 'raw'), calibrations, weights)))
    again = Pipeline.from_dict(pipeline.to_dict())
    assert again == pipeline
    matrices = [rankings['a'].matrix(), rankings['raw'].matrix()]
    np.testing.assert_allclose(again.final(rows).matrix(), fused(matrices, calibrations, weights), rtol=1e-5, atol=1e-6)
