import numpy as np
import pytest

from jaguar_mm.retrieval import MatrixRanking, Votes, sure_labels, votes

IDS = ['Lua', 'Ti', 'Lua', None, 'Abril', 'Ti']


@pytest.mark.parametrize('dtype', [np.float32, np.float64])
@pytest.mark.parametrize('seed', range(4))
def test_votes_are_those_of_comparing_animals_by_hand(dtype, seed):
    similarity = np.random.default_rng(seed).random((7, len(IDS))).astype(dtype)
    found = votes(MatrixRanking(similarity, one_set=False), IDS)
    for image, row in enumerate(similarity):
        best = {
            name: max(value for value, each in zip(row, IDS, strict=True) if each == name) for name in set(IDS) - {None}
        }
        first, second, *_ = sorted(best, key=best.get, reverse=True)
        assert found.identity[image] == first
        assert found.margin[image] == pytest.approx(best[first] - best[second], abs=1e-6)


def test_one_animal_alone_tells_nothing():
    with pytest.raises(ValueError, match='the gallery shows one animal alone'):
        votes(MatrixRanking(np.ones((2, 2)), one_set=False), ['Lua', 'Lua'])


def voted(names, margins):
    return Votes(np.array(names, object), np.array(margins))


def test_models_must_agree_and_each_be_sure():
    one = voted(['a', 'b', 'a', 'b'], [0.5, 0.4, 0.3, 0.05])
    other = voted(['a', 'a', 'a', 'b'], [0.2, 0.9, 0.4, 0.9])
    taken, margins = sure_labels([one, other], least=0.1)
    assert taken.tolist() == [2, 0]  # the surest first, by the smaller margin
    np.testing.assert_allclose(margins, [0.3, 0.2])


def test_one_of_a_burst_and_so_many_of_an_animal():
    names, margins = ['a'] * 5 + ['b'], [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]
    groups = ['x', 'x', None, None, 'y', 'x']
    assert sure_labels([voted(names, margins)], least=0.1, groups=groups)[0].tolist() == [0, 2, 3, 4]
    assert sure_labels([voted(names, margins)], least=0.1, most=2, groups=groups)[0].tolist() == [0, 2]
    assert sure_labels([voted(names, margins)], least=0.45, most=9)[0].tolist() == [0, 1, 2, 3, 4]


def test_none_is_sure():
    taken, margins = sure_labels([voted(['a', 'b'], [0.1, 0.2])], least=0.5)
    assert (taken.shape, margins.shape) == ((0,), (0,))
