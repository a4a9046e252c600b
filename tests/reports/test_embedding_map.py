"""A map keeps animals together, and marks the images that are more like another animal."""

import io

import numpy as np
import pytest
from PIL import Image

from jaguar_mm.reports.embedding_map import draw_map, find_strays, place_on_map
from jaguar_mm.retrieval import CosineRanking, MatrixRanking

IDS = np.repeat(['Lua', 'Ti', 'Abril'], 8)


def herd(dtype=np.float32):
    rng = np.random.default_rng(0)
    return (np.repeat(np.eye(3, 6), 8, axis=0) + 0.1 * rng.normal(size=(24, 6))).astype(dtype)


@pytest.mark.parametrize('dtype', [np.float16, np.float32, np.float64])
def test_neighbours_stay_neighbours_and_a_seed_gives_one_map(dtype):
    vectors = herd(dtype)
    places = place_on_map(vectors, seed=3)
    assert places.shape == (24, 2)
    distance = ((places[:, None] - places) ** 2).sum(-1)
    np.fill_diagonal(distance, np.inf)
    assert (IDS[distance.argmin(1)] == IDS).all()
    np.testing.assert_array_equal(place_on_map(vectors, seed=3), places)
    lengths = np.linspace(1, 9, 24, dtype=dtype)[:, None]  # say nothing
    np.testing.assert_array_equal(IDS[distance.argmin(1)], IDS[_nearest(place_on_map(vectors * lengths, seed=3))])


def _nearest(places):
    distance = ((places[:, None] - places) ** 2).sum(-1)
    np.fill_diagonal(distance, np.inf)
    return distance.argmin(1)


@pytest.mark.parametrize('count', [4, 7])
def test_few_images_have_a_map_and_fewer_have_none(count):
    assert np.isfinite(place_on_map(herd()[:count])).all()
    with pytest.raises(ValueError, match='a map needs 4 images at least, got 3'):
        place_on_map(herd()[:3])


def test_strays_by_hand():
    similarity = np.array(
        [
            [1.0, 0.5, 0.6, 0.1, 0.9],  # Lua: Ti is nearer than Lua; who is nearest nobody knows
            [0.5, 1.0, 0.4, 0.2, 0.9],  # Lua: Lua is nearest of those that are known
            [0.6, 0.4, 1.0, 0.3, 0.0],  # Ti, shown once
            [0.1, 0.2, 0.3, 1.0, 0.0],  # Abril, shown once
            [0.9, 0.9, 0.0, 0.0, 1.0],  # nobody knows
        ]
    )
    ids = ['Lua', 'Lua', 'Ti', 'Abril', None]
    ranking = MatrixRanking(similarity, one_set=True)
    assert find_strays(ranking, ids).tolist() == [True, False, False, False, False]
    assert not find_strays(ranking, ids, apart=['burst', 'burst', None, None, None]).any()
    assert not find_strays(ranking, [None] * 5).any()


def test_strays_are_the_images_whose_first_match_is_wrong():
    rng = np.random.default_rng(1)
    ids, vectors = rng.integers(0, 6, 80), rng.normal(size=(80, 5))
    cosine = vectors @ vectors.T / np.outer(*[np.linalg.norm(vectors, axis=1)] * 2)
    np.fill_diagonal(cosine, -2)
    expected = ids[cosine.argmax(1)] != ids
    assert 0 < expected.sum() < 80
    np.testing.assert_array_equal(find_strays(CosineRanking(vectors), ids), expected)


@pytest.mark.parametrize('animals', [0, 3, 61])
def test_a_map_is_drawn_with_any_names(animals):
    names = ['Señora $x_$', '', 'Ti', *(f'animal {place}' for place in range(60))]
    ids = [names[place % animals] if animals else None for place in range(70)]
    places, strays = np.random.default_rng(0).normal(size=(70, 2)), np.arange(70) % 5 == 0
    file = draw_map(places, ids, strays)
    image = Image.open(io.BytesIO(file))
    assert image.format == 'PNG'
    assert draw_map(places, ids, strays) == file
    without = Image.open(io.BytesIO(draw_map(places, ids, np.zeros(70, bool))))
    assert np.any(np.asarray(image) != np.asarray(without))
