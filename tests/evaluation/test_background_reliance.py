import itertools

import numpy as np
import pytest

from jaguar_mm.datasets.transforms.condition import CONDITIONS
from jaguar_mm.evaluation.background_reliance import chance_precision, choose_donors, measure_reliance

ANIMALS, EACH = 8, 6
IDS = [f'animal {n % ANIMALS}' for n in range(ANIMALS * EACH)]
DONORS = choose_donors(IDS, seed=3)
CODES = np.arange(len(IDS)) % ANIMALS


def one_hot(codes, noise=0.0, seed=0):
    """Return embeddings (N, D) that say a code each, -1 for none."""
    rows = np.zeros((len(codes), ANIMALS + 1), np.float32)
    rows[:, -1] = 0.1
    rows[np.arange(len(codes)), codes] += codes >= 0
    return rows + noise * np.random.default_rng(seed).normal(size=rows.shape).astype(np.float32)


def model(animal, place, noise=0.02):
    """Return the embeddings of a model that sees animal and place so strongly; the place tells the animal."""
    nothing = np.full(len(IDS), -1)
    seen = {
        'original': (CODES, CODES),
        'foreground': (CODES, nothing),
        'background': (nothing, CODES),
        'silhouette': (nothing, nothing),
        'blurred': (CODES, nothing),
        'swapped': (CODES, CODES[DONORS]),
    }
    return {
        condition: np.hstack([animal * one_hot(a), place * one_hot(b)])
        + noise * np.random.default_rng(index).normal(size=(len(IDS), 2 * ANIMALS + 2))
        for index, (condition, (a, b)) in enumerate(seen.items())
    }


def measure(*strengths, **options):
    return measure_reliance(model(*strengths, **options), IDS, DONORS)


def average_precision(ranking):
    hits = [place for place, right in enumerate(ranking, 1) if right]
    return sum(number / place for number, place in enumerate(hits, 1)) / len(hits)


@pytest.mark.parametrize(('positives', 'candidates'), [(1, 1), (1, 2), (2, 2), (1, 6), (2, 6), (4, 7), (7, 7)])
def test_chance_is_the_mean_over_all_rankings(positives, candidates):
    places = itertools.combinations(range(candidates), positives)
    rankings = [[place in right for place in range(candidates)] for right in places]
    expected = np.mean([average_precision(ranking) for ranking in rankings])
    assert chance_precision(np.array([positives]), np.array([candidates]))[0] == pytest.approx(expected)


def test_without_a_positive_there_is_no_chance():
    found = chance_precision(np.array([0, 1, 0]), np.array([3, 1, 0]))
    np.testing.assert_array_equal(found, [np.nan, 1, np.nan])


def test_random_embeddings_score_about_chance():
    rng = np.random.default_rng(0)
    ids = np.repeat(np.arange(10), [3, 4, 5, 6, 7, 8, 9, 10, 20, 30]).tolist()
    donors, scores = choose_donors(ids), []
    for _ in range(40):
        found = measure_reliance({c: rng.normal(size=(len(ids), 16)) for c in CONDITIONS}, ids, donors)
        scores.append((found.conditions['original'].mean_ap, found.animal.mean_ap, found.place.mean_ap))
    chances = (found.conditions['original'].chance, found.animal.chance, found.place.chance)
    np.testing.assert_allclose(np.mean(scores, axis=0), chances, atol=0.01)


def test_donors_are_of_another_identity_and_depend_on_the_seed_alone():
    ids = ['a'] * 5 + ['b', 'c', 'c']
    drawn = np.array([choose_donors(ids, seed) for seed in range(50)])
    assert all(ids[donor] != ids[own] for row in drawn for own, donor in enumerate(row))
    assert {int(donor) for donor in drawn[:, 0]} == {5, 6, 7}
    np.testing.assert_array_equal(choose_donors(ids, 7), drawn[7])
    with pytest.raises(ValueError, match='all images are of one identity'):
        choose_donors(['a', 'a'])


def test_a_model_that_sees_the_place_alone_is_exposed():
    found = measure(0, 1)
    scores = found.conditions
    assert scores['original'].mean_ap == scores['background'].mean_ap == 1
    assert not scores['foreground'].above_chance
    assert not scores['swapped'].above_chance
    assert found.place.mean_ap == 1
    assert not found.animal.above_chance
    assert found.nearer_place > 0.95
    assert found.verdict.startswith('exposed')


def test_a_model_that_sees_the_animal_alone_is_cleared():
    found = measure(1, 0)
    assert [found.conditions[c].mean_ap for c in ('original', 'foreground', 'blurred', 'swapped')] == [1] * 4
    assert not found.conditions['background'].above_chance
    assert found.animal.mean_ap == 1
    assert not found.place.above_chance
    assert found.nearer_place < 0.05
    assert found.ratio < 0.05
    assert found.verdict.startswith('clear')


def test_a_model_that_sees_both():
    stronger_animal, stronger_place = measure(1, 0.5), measure(0.5, 1)
    assert stronger_animal.ratio == stronger_place.ratio == 1  # each alone is enough
    assert stronger_animal.nearer_place < 0.05
    assert stronger_place.nearer_place > 0.95
    assert stronger_animal.verdict.startswith('partly exposed')
    assert stronger_place.verdict.startswith('exposed')


def test_a_model_that_sees_neither():
    found = measure(0.01, 0.01, noise=1)
    assert found.verdict.startswith('neither')


def test_the_ratio_is_the_formula_or_nothing():
    found = measure(0.5, 0.2, noise=0.1)
    background, foreground = (found.conditions[name] for name in ('background', 'foreground'))
    expected = (background.mean_ap - background.chance) / (foreground.mean_ap - foreground.chance)
    assert 0 < expected < 1
    assert found.ratio == pytest.approx(expected)
    ids = ['a', 'a', 'b', 'b']
    right, wrong = np.array([[1, 0], [1, 0], [0, 1], [0, 1.0]]), np.array([[1, 0], [0, 1], [1, 0], [0, 1.0]])
    rows = dict.fromkeys(CONDITIONS, right) | dict(foreground=wrong)
    assert measure_reliance(rows, ids, choose_donors(ids)).ratio is None


def test_the_images_that_a_query_is_made_of_are_left_out():
    rows, found = model(1, 0.5), measure(1, 0.5)
    unit = {name: rows[name] / np.linalg.norm(rows[name], axis=1, keepdims=True) for name in rows}
    similarity = unit['swapped'] @ unit['original'].T
    for owners, score in ((np.arange(len(IDS)), found.animal), (DONORS, found.place)):
        precisions = {}
        for query in range(len(IDS)):
            wanted = IDS[owners[query]]
            order = [g for g in np.argsort(-similarity[query]) if g not in (query, DONORS[query])]
            precisions.setdefault(wanted, []).append(average_precision([IDS[g] == wanted for g in order]))
        assert score.mean_ap == pytest.approx(np.mean([np.mean(values) for values in precisions.values()]))


def test_queries_are_sought_in_the_gallery_alone():
    roles = ['query' if n < 2 * ANIMALS else 'gallery' for n in range(len(IDS))]
    rows = model(0.3, 0.1, noise=0.1)
    found = measure_reliance(rows, IDS, DONORS, roles)
    unit = rows['background'] / np.linalg.norm(rows['background'], axis=1, keepdims=True)
    split = 2 * ANIMALS
    order = np.argsort(-(unit[:split] @ unit[split:].T), axis=1)
    right = (CODES[split:][order] == CODES[:split, None]).tolist()
    by_animal = np.array([average_precision(row) for row in right]).reshape(2, ANIMALS).mean(0)
    assert found.conditions['background'].mean_ap == pytest.approx(by_animal.mean())
    candidates, positives = ANIMALS * (EACH - 2), EACH - 2
    expected = chance_precision(np.array([positives]), np.array([candidates]))[0]
    assert found.conditions['background'].chance == pytest.approx(expected)


def test_an_embedding_without_a_direction_is_refused():
    rows = model(1, 0)
    rows['blurred'][5] = np.nan
    with pytest.raises(ValueError, match='5'):
        measure_reliance(rows, IDS, DONORS)


def test_nobody_gives_no_background_and_is_not_scored():
    identities = ['Abril', None, 'Lua', '', 'Abril', 'Lua', 'Ti', 'Ti']
    donors = choose_donors(identities)
    assert all(identities[donor] and identities[donor] != who for donor, who in zip(donors, identities, strict=True))
    rng = np.random.default_rng(0)
    embeddings = {name: rng.normal(size=(8, 6)) for name in ('original', 'foreground', 'background', 'swapped')}
    found = measure_reliance(embeddings, identities, donors)
    named = ['Abril', 'nobody 1', 'Lua', 'nobody 2', *identities[4:]]
    other = measure_reliance(embeddings, named, donors)
    assert found.conditions == other.conditions
    assert found.animal == other.animal
    with pytest.raises(ValueError, match='one identity'):
        choose_donors(['Lua', None, 'Lua', ''])
