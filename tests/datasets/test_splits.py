import hashlib
import random
from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaguar_mm.datasets.splits import split_by_fold, split_by_identity

counts = st.lists(st.integers(1, 30), min_size=1, max_size=8)
fractions = st.floats(0.01, 0.99)


def images(counts):
    return {f'{who}_{i}.png': f'cat {who}' for who, count in enumerate(counts) for i in range(count)}


@st.composite
def grouped(draw, mixed=True):
    """Identities and groups of images: bursts of one identity each, a few of them of two."""
    identities, groups = {}, {}
    for who, bursts in enumerate(draw(st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=7), min_size=1))):
        for burst, length in enumerate(bursts):
            for shot in range(length):
                name = f'{who}_{burst}_{shot}.png'
                identities[name], groups[name] = f'cat {who}', f'burst {who} {burst}'
    if mixed:
        for name in draw(st.lists(st.sampled_from(sorted(identities)), max_size=3)):
            groups[name] = groups[draw(st.sampled_from(sorted(identities)))]
    return identities, groups


@given(counts, fractions, st.integers(0, 99))
def test_four_images_and_more_are_on_both_sides_in_about_the_right_share(counts, fraction, seed):
    identities = images(counts)
    split = split_by_identity(identities, fraction, seed)
    assert sorted(split['train'] + split['val']) == sorted(identities)
    held_out = Counter(identities[name] for name in split['val'])
    for who, count in enumerate(counts):
        number = held_out[f'cat {who}']
        if count < 4:  # a pair to validate with and as many to train on are four
            assert number == 0 or (number, count) == (2, 3)
        else:
            assert 2 <= number <= count - 1
            assert abs(number - max(2, fraction * count)) <= 1


@given(grouped(mixed=False), fractions, st.integers(0, 99))
def test_a_pair_is_held_out_wherever_it_can_be_and_never_an_image_alone(images, fraction, seed):
    identities, groups = images
    held_out = split_by_identity(identities, fraction, seed, groups)['val']
    for who, count in Counter(identities.values()).items():
        sizes = Counter(groups[name] for name in identities if identities[name] == who)
        chosen = [name for name in held_out if identities[name] == who]
        assert len(chosen) != 1
        least = min(map(sum, combinations(sizes.values(), 2)), default=count)
        bursts = [size for size in sizes.values() if size > 1]
        assert chosen or count / 2 < min([least, *bursts])
        if fraction * count < 0.5 and min(sizes.values()) == 1 and least <= count / 2:
            assert len({groups[name] for name in chosen}) == 2


def test_two_of_five_images_are_held_out_from_two_groups():
    identities = images([5])
    groups = {name: f'burst {place // 2}' for place, name in enumerate(sorted(identities))}  # of 2, 2 and 1
    assert split_by_identity(identities, 0.2, 0)['val'] != split_by_identity(identities, 0.2, 1)['val']
    for seed in range(20):
        assert len(split_by_identity(identities, 0.2, seed)['val']) == 2
        assert len(split_by_identity(identities, 0.2, seed, groups)['val']) == 2


@pytest.mark.parametrize('count', [*range(8, 60), 100, 200])
def test_from_eight_images_on_a_fifth_is_what_it_was(count):
    order = sorted(images([count]), key=lambda name: hashlib.sha256(f'3:{name}'.encode()).digest())
    assert split_by_identity(images([count]), 0.2, 3)['val'] == sorted(order[: round(0.2 * count)])


@given(counts, st.integers(0, 99))
def test_the_order_of_the_rows_does_not_matter(counts, seed):
    identities = images(counts)
    rows = list(identities.items())
    random.Random(0).shuffle(rows)
    assert split_by_identity(dict(rows), 0.3, seed) == split_by_identity(identities, 0.3, seed)


def test_one_identity_s_split_does_not_depend_on_the_others():
    whole = split_by_identity(images([10, 20]), 0.25, 0)
    alone = split_by_identity(images([10]), 0.25, 0)
    assert set(alone['val']) == {name for name in whole['val'] if name.startswith('0_')}


def test_seeds_give_different_splits_that_cover_all_images():
    identities = images([20])
    splits = [tuple(split_by_identity(identities, 0.2, seed)['val']) for seed in range(60)]
    assert len(set(splits)) > 50
    assert {name for split in splits for name in split} == set(identities)


def test_the_split_is_the_same_on_every_machine():
    assert split_by_identity(images([4, 3]), 0.25, 7)['val'] == ['0_0.png', '0_1.png']


@pytest.mark.parametrize('fraction', [0, 1, -0.2, 20, float('nan')])
def test_a_share_out_of_range_is_refused(fraction):
    with pytest.raises(ValueError, match='val_fraction'):
        split_by_identity(images([4]), fraction, 0)


def groups_of(names, groups):
    return {groups[name] for name in names}


def pure(identities, groups):
    """Identity to the groups that show no other one."""
    shown = {group: {identities[name] for name in identities if groups[name] == group} for group in groups.values()}
    return {who: {group for group in shown if shown[group] == {who}} for who in identities.values()}


@given(grouped(), fractions, st.integers(0, 99))
def test_no_group_is_parted_and_two_groups_are_on_both_sides(images, fraction, seed):
    identities, groups = images
    split = split_by_identity(identities, fraction, seed, groups)
    assert sorted(split['train'] + split['val']) == sorted(identities)
    train, val = (groups_of(split[part], groups) for part in ('train', 'val'))
    assert not train & val
    for own in pure(identities, groups).values():
        assert own & train or not own
        assert len(own) > 1 or not own & val
    assert val <= set().union(*pure(identities, groups).values())


@given(grouped(mixed=False), fractions, st.integers(0, 99))
def test_the_share_is_right_up_to_half_a_group(images, fraction, seed):
    identities, groups = images
    held_out = Counter(identities[name] for name in split_by_identity(identities, fraction, seed, groups)['val'])
    for who, count in Counter(identities.values()).items():
        sizes = Counter(groups[name] for name in identities if identities[name] == who).values()
        if len(sizes) > 1 and min(sizes) > 1:  # else a pair may be held out, or nothing
            least = min(sizes)  # at least one group must be held out, and one trained on
            lowest, highest = min(fraction * count, count - max(sizes)), max(fraction * count, least)
            assert lowest - max(sizes) / 2 - 1 <= held_out[who] <= highest + max(sizes) / 2 + 1


@given(counts, st.integers(0, 99))
def test_groups_of_one_image_change_nothing(counts, seed):
    identities = images(counts)
    assert split_by_identity(identities, 0.3, seed, {name: name for name in identities}) == split_by_identity(
        identities, 0.3, seed
    )


@given(grouped(mixed=False), st.integers(2, 5), st.integers(0, 99))
@settings(deadline=None)
def test_folds_cover_all_images_once_and_part_no_group(images, folds, seed):
    identities, groups = images
    if folds > min(len(set(groups.values())), max(Counter(identities.values()).values())):
        return
    splits = [split_by_fold(identities, fold, folds, seed, groups) for fold in range(folds)]
    assert sorted(name for split in splits for name in split['val']) == sorted(identities)
    for split in splits:
        assert sorted(split['train'] + split['val']) == sorted(identities)
        assert not groups_of(split['train'], groups) & groups_of(split['val'], groups)
        trained = {identities[name] for name in split['train']}
        for who, own in pure(identities, groups).items():
            assert who in trained or len(own) == 1


@given(grouped(), st.integers(2, 5))
@settings(deadline=None)
def test_folds_with_mixed_groups_part_none(images, folds):
    identities, groups = images
    if folds <= min(len(set(groups.values())), max(Counter(identities.values()).values())):
        held_out = [groups_of(split_by_fold(identities, k, folds, 0, groups)['val'], groups) for k in range(folds)]
        assert sum(map(len, held_out)) == len(set().union(*held_out)) == len(set(groups.values()))


def test_folds_are_stratified():
    identities = images([20, 10, 5])
    for fold in range(5):
        held_out = split_by_fold(identities, fold, 5, seed=3)['val']
        assert Counter(identities[name] for name in held_out) == {'cat 0': 4, 'cat 1': 2, 'cat 2': 1}


def test_a_single_group_is_held_out_whole():
    identities = images([6, 3])
    groups = {name: 'burst' if name.startswith('1_') else name for name in identities}
    held_out = [split_by_fold(identities, fold, 3, 0, groups)['val'] for fold in range(3)]
    assert sorted(sum(name.startswith('1_') for name in names) for names in held_out) == [0, 0, 3]


def test_folds_depend_on_the_seed_alone():
    identities = images([9, 7, 8])
    rows = list(identities.items())
    random.Random(0).shuffle(rows)
    assert split_by_fold(dict(rows), 1, 3, 5) == split_by_fold(identities, 1, 3, 5)
    assert len({tuple(split_by_fold(identities, 0, 3, seed)['val']) for seed in range(20)}) > 10


def test_folds_are_the_same_on_every_machine():
    assert split_by_fold(images([4, 3]), 0, 2, seed=7)['val'] == ['0_2.png', '0_3.png', '1_0.png', '1_2.png']


def test_few_images_of_an_identity_give_no_warning(recwarn):
    split_by_fold(images([5, 1]), 0, 5, 0)
    assert not recwarn.list


@pytest.mark.parametrize(
    ('fold', 'folds', 'message'),
    [
        (5, 5, 'fold=5 and folds=5'),
        (-1, 5, 'fold=-1'),
        (0, 1, 'folds=1'),
        (0, 7, r'folds=7 are too many: no identity has more than 6 images, and there are 7 groups'),
    ],
)
def test_a_fold_that_does_not_exist_is_refused(fold, folds, message):
    with pytest.raises(ValueError, match=message):
        split_by_fold(images([6, 1]), fold, folds, 0)


def test_fewer_groups_than_folds_are_refused():
    identities = images([6, 6])
    with pytest.raises(ValueError, match='there are 2 groups'):
        split_by_fold(identities, 0, 3, 0, {name: name[0] for name in identities})
