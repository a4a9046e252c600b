import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from jaguar_mm.retrieval import Apart, Cosine, Pipeline, find_threshold
from jaguar_mm.storage import EmbeddingSet


def animals(count=12, images=5, noise=0.6, seed=0, width=16):
    """Images around the directions of their animals, and who they show."""
    random = np.random.default_rng(seed)
    centres = np.repeat(random.normal(size=(count, width)), images, 0)
    vectors = (centres + noise * random.normal(size=centres.shape)).astype(np.float32)
    identities = [f'animal {place // images}' for place in range(count * images)]
    return EmbeddingSet([str(n) for n in range(len(vectors))], vectors, {'identity': identities})


def ranking_of(images):
    return Pipeline((Cosine(),)).final(images)


def by_definition(images, left_out=lambda i, j: False):
    similarity = ranking_of(images).matrix()
    who = images.columns['identity']
    pairs = [(i, j) for i in range(len(who)) for j in range(i + 1, len(who)) if who[i] and who[j]]
    pairs = [(i, j) for i, j in pairs if not left_out(i, j)]
    return np.array([who[i] == who[j] for i, j in pairs]), np.array([similarity[i, j] for i, j in pairs], float)


@pytest.mark.parametrize('most_false', [0.0, 0.01, 0.2])
def test_as_few_pairs_of_two_animals_reach_it_as_asked_and_no_lower_one_will_do(most_false):
    images = animals()
    found = find_threshold(ranking_of(images), images.columns['identity'], most_false=most_false)
    same, values = by_definition(images)
    assert found.auc == pytest.approx(roc_auc_score(same, values), abs=1e-12)
    assert (found.pairs_of_one, found.pairs_of_two) == (same.sum(), (~same).sum())
    assert (values[~same] >= found.similarity).mean() <= most_false
    next_lower = values[~same][values[~same] < found.similarity].max()
    assert (values[~same] >= next_lower).mean() > most_false
    assert found.auc_low < found.auc < found.auc_high


def test_its_errors_are_those_on_other_animals():
    told, seen = [], []
    for seed in range(8):
        images = animals(count=40, images=4, noise=1.0, seed=seed)
        found = find_threshold(ranking_of(images), images.columns['identity'], most_false=0.05)
        same, values = by_definition(animals(count=40, images=4, noise=1.0, seed=100 + seed))
        told.append((found.false_matches, found.missed))
        seen.append(((values[~same] >= found.similarity).mean(), (values[same] < found.similarity).mean()))
    np.testing.assert_allclose(np.mean(told, 0), np.mean(seen, 0), atol=0.04)


def test_chance_is_refused():
    images = animals()
    shuffled = np.random.default_rng(1).permutation(images.columns['identity'])
    with pytest.raises(ValueError, match=r'area under the curve is 0\.\d+ .* may be chance \(0\.5\)'):
        find_threshold(ranking_of(images), list(shuffled))


def test_bursts_and_unknown_animals_have_no_part():
    images = animals()
    who = [None if place < 5 else name for place, name in enumerate(images.columns['identity'])]
    bursts = [place // 2 for place in range(len(who))]
    images = images.with_columns(identity=who, group=bursts)
    apart = Apart.by_name(images.columns, different=['group'])
    found = find_threshold(ranking_of(images), who, apart=apart)
    same, values = by_definition(images, lambda i, j: bursts[i] == bursts[j])
    assert (found.pairs_of_one, found.pairs_of_two) == (same.sum(), (~same).sum())
    assert found.auc == pytest.approx(roc_auc_score(same, values), abs=1e-12)


@pytest.mark.parametrize(('count', 'images'), [(3, 5), (12, 1)])
def test_too_few_animals_are_named(count, images):
    few = animals(count, images)
    with pytest.raises(ValueError, match=r'animals, \d+ of them in two images .* at least 4 are needed'):
        find_threshold(ranking_of(few), few.columns['identity'])
