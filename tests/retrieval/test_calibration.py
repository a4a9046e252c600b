import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from sklearn.isotonic import IsotonicRegression

from jaguar_mm.retrieval import (
    Calibration,
    CosineRanking,
    Isotonic,
    Logistic,
    MatrixRanking,
    Standardised,
    fit_isotonic,
    fit_logistic,
    fit_standardised,
    isotonic_calibration,
    tiles,
)

GRID = np.linspace(-4, 4, 501)


@pytest.fixture(autouse=True)
def small_tiles(monkeypatch):
    monkeypatch.setattr(tiles, 'TILE_ENTRIES', 60)


def case(seed, m=14, n=None, levels=None, dtype=np.float64):
    """A similarity that knows something of the identities, some of which are unknown."""
    rng = np.random.default_rng(seed)
    ids = rng.integers(0, 4, m).tolist()
    gallery_ids = None if n is None else rng.integers(0, 4, n).tolist()
    ids[:3] = 0, 0, 1
    if n:
        gallery_ids[:2] = 0, 1
    others = ids if n is None else gallery_ids
    similarity = np.equal.outer(ids, others) + rng.normal(size=(m, n or m))
    if levels:
        similarity = np.round(similarity * levels) / levels
    similarity = similarity.astype(dtype)
    blank = rng.random(len(others)) < 0.2
    blank[:3] = False
    others[:] = [None if out else value for out, value in zip(blank, others, strict=True)]
    bursts = rng.integers(0, 8, m).tolist() if n is None else None
    return similarity, ids, gallery_ids, bursts


def labelled(similarity, ids, gallery_ids, bursts):
    """Similarity and label of the pairs that teach something, one by one."""
    others = ids if gallery_ids is None else gallery_ids
    pairs = [
        (float(similarity[q, g]), int(ids[q] == others[g]))
        for q in range(len(ids))
        for g in range(len(others))
        if ids[q] is not None
        and others[g] is not None
        and not (gallery_ids is None and q == g)
        and not (bursts is not None and bursts[q] == bursts[g])
    ]
    return map(np.array, zip(*pairs, strict=True))


@settings(deadline=None, max_examples=80)
@given(
    seed=st.integers(0, 10**6),
    n=st.sampled_from([None, 9]),
    levels=st.sampled_from([None, 1, 3]),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_isotonic_equals_scikit_learn(seed, n, levels, dtype):
    similarity, ids, gallery_ids, bursts = case(seed, n=n, levels=levels, dtype=dtype)
    values, same = labelled(similarity, ids, gallery_ids, bursts)
    if same.all() or not same.any():
        return
    expected = IsotonicRegression(y_min=0, y_max=1, out_of_bounds='clip').fit(values, same)
    calibration = fit_isotonic(MatrixRanking(similarity, n is None), ids, gallery_ids, apart=bursts)
    for where in (GRID, values, similarity.ravel().astype(np.float64)):
        np.testing.assert_allclose(calibration(where), expected.predict(where), rtol=0, atol=1e-12)
    assert calibration == isotonic_calibration(similarity, ids, gallery_ids, groups=bursts)


@pytest.mark.parametrize('seed', range(6))
@pytest.mark.parametrize('n', [None, 9])
@pytest.mark.parametrize('scale', [1.0, 1e-3])
def test_logistic_is_the_least_cross_entropy_to_platts_targets(seed, n, scale):
    similarity, ids, gallery_ids, bursts = case(seed, n=n)
    calibration = fit_logistic(MatrixRanking(scale * similarity + 7, n is None), ids, gallery_ids, apart=bursts)
    values, same = labelled(similarity, ids, gallery_ids, bursts)
    target = np.where(same == 1, (same.sum() + 1) / (same.sum() + 2), 1 / ((1 - same).sum() + 2))

    def entropy(at):
        odds = at[0] * values + at[1]
        return (np.logaddexp(0, odds) - target * odds).sum()

    best = minimize(entropy, [1.0, 0.0], tol=1e-12).x
    np.testing.assert_allclose(calibration(scale * GRID + 7), 1 / (1 + np.exp(-best[0] * GRID - best[1])), atol=1e-5)


def test_logistic_of_perfect_similarities_stays_finite():
    ids = np.arange(30) % 3
    similarity = np.equal.outer(ids, ids) + 1e-3 * np.random.default_rng(0).random((30, 30))
    probability = fit_logistic(MatrixRanking(similarity, one_set=True), ids)(similarity)
    same = np.equal.outer(ids, ids)
    assert np.isfinite(probability).all()
    assert probability[same].min() > 0.99
    assert probability[~same].max() < 0.01


def test_calibrations_come_back_exactly_by_way_of_json():
    similarity, ids, _, bursts = case(3)
    ranking = MatrixRanking(similarity, one_set=True)
    for calibration in (
        fit_isotonic(ranking, ids, apart=bursts),
        fit_logistic(ranking, ids, apart=bursts),
        fit_standardised(ranking),
    ):
        again = Calibration.from_dict(json.loads(json.dumps(calibration.to_dict())))
        assert again == calibration
        assert type(again) is type(calibration)
        np.testing.assert_array_equal(again(GRID), calibration(GRID))
        assert (np.diff(calibration(GRID)) >= 0).all()
        assert hash(again) == hash(calibration)


def test_standardised_is_mean_and_deviation_of_all():
    similarity = case(4)[0]
    fitted = fit_standardised(MatrixRanking(similarity, one_set=True))
    assert (fitted.mean, fitted.deviation) == pytest.approx((similarity.mean(), similarity.std()))
    assert (Standardised(1.0, 0.0)(GRID) == 0).all()


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_kinds(dtype):
    calibration = Logistic(1.0, 0.0)
    values = calibration(torch.zeros(2, 3, dtype=dtype))
    assert isinstance(values, torch.Tensor)
    assert (values == 0.5).all()
    assert Isotonic((0.0, 1.0), (0.0, 1.0))(0.25) == 0.25
    assert calibration(np.array([-1e6, 1e6])).tolist() == [0, 1]


def test_mistakes_are_named():
    with pytest.raises(ValueError, match='calibration needs pairs'):
        fit_isotonic(CosineRanking(np.eye(3)), ['a', 'a', 'a'])
    with pytest.raises(ValueError, match='calibration needs pairs'):
        fit_logistic(CosineRanking(np.eye(3)), ['a', 'b', 'c'])
    with pytest.raises(ValueError, match='not more alike'):
        fit_logistic(
            MatrixRanking(-np.equal.outer([0, 0, 1, 1], [0, 0, 1, 1]).astype(float), one_set=True), [0, 0, 1, 1]
        )
    with pytest.raises(ValueError, match='gallery of its own'):
        fit_isotonic(CosineRanking(np.eye(3), np.eye(3)), ['a', 'a', 'b'])
    with pytest.raises(ValueError, match='as many similarities'):
        Isotonic((1.0,), ())
    with pytest.raises(ValueError, match='NaN or Inf'):
        Logistic(1.0, 0.0)(np.array([np.nan]))


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        (dict(type='Logistic', slope=-5.0, offset=0.0), 'slope must be a number of at least 0'),
        (dict(type='Logistic', slope=float('nan'), offset=0.0), 'slope must be a number'),
        (dict(type='Standardised', mean=float('inf'), deviation=1.0), 'mean must be a number'),
        (dict(type='Isotonic', similarities=[0.0, 1.0], probabilities=[0.9, 0.1]), 'probabilities .* must not fall'),
        (dict(type='Isotonic', similarities=[0.0, float('nan')], probabilities=[0.1, 0.2]), 'NaN'),
    ],
)
def test_what_is_no_calibration_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Calibration.from_dict(settings)
