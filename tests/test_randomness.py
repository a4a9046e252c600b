import random

import numpy as np
import pytest
import torch

from jaguar_mm.randomness import generator, seed_generators, seeded


def numbers():
    """Return something from every generator, twice, so that a state and not only a first value is seen."""
    return [value for _ in range(2) for value in (random.random(), np.random.rand(), float(torch.rand(())))]


def within(*key):
    with seeded(*key):
        return numbers()


def test_the_same_key_gives_the_same_numbers_whatever_came_before():
    first = within('sample', 1, 2, 3)
    seed_generators('step', 9)
    second = numbers()
    assert within('sample', 1, 2, 3) == first
    seed_generators('step', 9)
    assert numbers() == second


@pytest.mark.parametrize('other', [('step', 1, 2, 3), ('sample', 1, 2, 4), ('sample', 2, 1, 3), ('sample', 1, 2, 3, 0)])
def test_another_stream_or_key_gives_other_numbers(other):
    assert not set(within('sample', 1, 2, 3)) & set(within(*other))
    seed_generators('sample', 1, 2, 3)
    first = numbers()
    seed_generators(*other)
    assert not set(first) & set(numbers())


def test_the_state_before_comes_back_also_after_an_error():
    seed_generators('before', 0)
    expected = numbers()
    seed_generators('before', 0)
    with pytest.raises(KeyError), seeded('sample', 0):
        {}[numbers()[0]]
    assert numbers() == expected


def test_keys_in_a_row_are_not_correlated():
    first = np.array([within('sample', 0, 0, index)[:3] for index in range(2000)])
    correlation = np.corrcoef(np.vstack([first[:-1].T, first[1:].T]))
    assert np.abs(correlation - np.eye(6)).max() < 4 / np.sqrt(2000)
    assert np.abs(first.mean(0) - 0.5).max() < 4 * np.sqrt(1 / 12 / 2000)


def test_a_generator_of_its_own_leaves_the_global_ones_alone():
    before = np.random.get_state()[1].copy()
    assert generator('order', 1, 2).random() == generator('order', 1, 2).random() != generator('order', 1, 3).random()
    np.testing.assert_array_equal(np.random.get_state()[1], before)
