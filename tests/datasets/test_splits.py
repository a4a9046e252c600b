import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jaguar_mm.datasets.splits import split_by_identity

counts = st.lists(st.integers(1, 30), min_size=1, max_size=8)
fractions = st.floats(0.01, 0.99)


def pictures(counts):
    return {f'{who}_{i}.png': f'cat {who}' for who, count in enumerate(counts) for i in range(count)}


@given(counts, fractions, st.integers(0, 99))
def test_every_identity_is_on_both_sides_in_about_the_right_share(counts, fraction, seed):
    identities = pictures(counts)
    split = split_by_identity(identities, fraction, seed)
    assert sorted(split['train'] + split['val']) == sorted(identities)
    held_out = Counter(identities[name] for name in split['val'])
    for who, count in enumerate(counts):
        number = held_out[f'cat {who}']
        assert number == 0 if count == 1 else 1 <= number <= count - 1
        assert abs(number - fraction * count) <= 1


@given(counts, st.integers(0, 99))
def test_the_order_of_the_rows_does_not_matter(counts, seed):
    identities = pictures(counts)
    rows = list(identities.items())
    random.Random(0).shuffle(rows)
    assert split_by_identity(dict(rows), 0.3, seed) == split_by_identity(identities, 0.3, seed)


def test_one_identity_s_split_does_not_depend_on_the_others():
    whole = split_by_identity(pictures([10, 20]), 0.25, 0)
    alone = split_by_identity(pictures([10]), 0.25, 0)
    assert set(alone['val']) == {name for name in whole['val'] if name.startswith('0_')}


def test_seeds_give_different_splits_that_cover_all_pictures():
    identities = pictures([20])
    splits = [tuple(split_by_identity(identities, 0.2, seed)['val']) for seed in range(60)]
    assert len(set(splits)) > 50
    assert {name for split in splits for name in split} == set(identities)


def test_the_split_is_the_same_on_every_machine():
    assert split_by_identity(pictures([4, 3]), 0.25, 7)['val'] == ['0_0.png', '1_1.png']


@pytest.mark.parametrize('fraction', [0, 1, -0.2, 20, float('nan')])
def test_a_share_out_of_range_is_refused(fraction):
    with pytest.raises(ValueError, match='val_fraction'):
        split_by_identity(pictures([4]), fraction, 0)
