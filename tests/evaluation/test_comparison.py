import numpy as np
import pytest

from jaguar_mm.evaluation.comparison import bootstrap_interval, compare_runs


def runs(scores):
    """Return (R, I) as dicts; NaN for an identity that a run lacks."""
    names = [f'animal {index}' for index in range(scores.shape[1])]
    return [{n: s for n, s in zip(names, run, strict=True) if not np.isnan(s)} for run in scores]


def slow_interval(gains, draws=4000, seed=1):
    """Draw runs and identities with replacement, one drawing at a time."""
    rng = np.random.default_rng(seed)
    count_runs, identities = gains.shape
    means = []
    for _ in range(draws):
        drawn = gains[rng.integers(count_runs, size=count_runs)][:, rng.integers(identities, size=identities)]
        means.append(drawn.mean())
    return np.quantile(means, [0.025, 0.975])


@pytest.mark.parametrize(('count', 'identities'), [(1, 30), (3, 12), (5, 100)])
def test_the_interval_equals_a_slow_bootstrap(count, identities):
    rng = np.random.default_rng(0)
    a = rng.random((count, identities))
    b = a + rng.normal(0.02, 0.1, a.shape) + rng.normal(0, 0.05, (count, 1))
    found = compare_runs(runs(a), runs(b))
    low, high = slow_interval(b - a)
    width = high - low
    assert found.low == pytest.approx(low, abs=0.06 * width)
    assert found.high == pytest.approx(high, abs=0.06 * width)
    assert found.difference == pytest.approx((b - a).mean())
    assert found.second - found.first == pytest.approx(found.difference)
    difference = (b - a).mean(0)
    assert found.effect_size == pytest.approx(difference.mean() / difference.std(ddof=1))
    assert (found.runs, found.identities) == (count, identities)


def test_folds_with_different_identities_are_averaged_by_identity():
    nan = np.nan
    a = np.array([[0.1, 0.2, nan], [0.3, nan, 0.4]])
    found = compare_runs(runs(a), runs(a + np.array([[0.1, 0.2, 0], [0.3, 0, 0.6]])))
    assert found.difference == pytest.approx((0.2 + 0.2 + 0.6) / 3)
    assert found.low >= 0.1


def test_noise_is_called_noise_in_about_95_of_100_cases():
    wrong = 0
    for seed in range(100):
        a, b = np.random.default_rng(seed).random((2, 5, 40))
        wrong += 'real' in compare_runs(runs(a), runs(b)).verdict
    assert wrong <= 12


@pytest.mark.parametrize(
    ('gain', 'count', 'said'),
    [(0.2, 3, 'real: B is better'), (-0.2, 3, 'real: B is worse'), (0.2, 1, 'another seed may say otherwise')],
)
def test_a_difference_is_called_real(gain, count, said):
    rng = np.random.default_rng(0)
    a = rng.random((count, 30))
    assert said in compare_runs(runs(a), runs(a + gain + rng.normal(0, 0.01, a.shape))).verdict


def test_no_difference_at_all():
    found = compare_runs(runs(np.full((2, 3), 0.5)), runs(np.full((2, 3), 0.5)))
    assert (found.difference, found.low, found.high) == (0, 0, 0)
    assert 'within noise' in found.verdict


def test_what_cannot_be_paired_is_refused():
    with pytest.raises(ValueError, match=r'A has 1 run\(s\) and B 2'):
        compare_runs([{'a': 1.0}], [{'a': 1.0}, {'a': 1.0}])
    with pytest.raises(ValueError, match='pair 1 were tested on different identities: b'):
        compare_runs([{'a': 1.0}], [{'a': 1.0, 'b': 1.0}])


def test_one_dimension_is_the_bootstrap_of_one_run():
    gains = np.random.default_rng(0).normal(size=40)
    assert bootstrap_interval(gains, 0) == pytest.approx(slow_interval(gains[None]), abs=0.05)
