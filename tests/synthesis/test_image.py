from dataclasses import replace

import numpy as np
import pytest

from jaguar_mm.synthesis.competition import make_image
from jaguar_mm.synthesis.look import draw_look
from jaguar_mm.synthesis.plan import CompetitionSpec, plan_images

SPEC = CompetitionSpec(identities=3, train_per_identity=6, test_per_identity=2, size=128, flanks=2)


@pytest.fixture(scope='module')
def plans():
    return plan_images(SPEC)


@pytest.mark.parametrize('number', range(0, 24, 3))
def test_another_animal_in_the_same_place_changes_its_coat_and_nothing_else(plans, number):
    plan = replace(plans[number], identity=0)
    one, other = (make_image(SPEC, replace(plan, identity=identity))[0] for identity in (0, 1))
    np.testing.assert_array_equal(one[..., 3], other[..., 3])
    outside = one[..., 3] == 0
    np.testing.assert_array_equal(one[outside], other[outside])
    assert np.abs(one[~outside].astype(int) - other[~outside]).mean() > 5


def test_size_alpha_and_room(plans):
    shapes = set()
    for plan in plans[:8]:
        image, _ = make_image(SPEC, plan)
        assert image.dtype == np.uint8
        assert max(image.shape[:2]) == SPEC.size
        mask = image[..., 3] > 127
        assert 0.1 < mask.mean() < 0.8
        border = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
        assert not border.any()
        shapes.add(image.shape)
    assert len(shapes) > 3


def test_a_burst_is_nearly_the_same_and_not_the_same(plans):
    plan = plans[0]
    one, twin, stranger = (
        make_image(SPEC, replace(plan, number=number, burst=burst))[0] for number, burst in ((0, 0), (1, 0), (2, 1))
    )
    assert not np.array_equal(one, twin)
    assert np.abs(np.subtract(one.shape, twin.shape)).max() < 8
    means = [image[image[..., 3] == 255][:, :3].mean(0) for image in (one, twin, stranger)]
    assert np.abs(means[0] - means[1]).max() < 4 < np.abs(means[0] - means[2]).max()


def breadth(image):
    """How much of the animal there is along its length, (64,)."""
    columns = np.nonzero(image[..., 3].max(0))[0]
    sums = image[:, columns[0] : columns[-1] + 1, 3].sum(0, dtype=float)
    return np.interp(np.linspace(0, len(sums) - 1, 64), np.arange(len(sums)), sums)


def test_flanks_face_opposite_ways(plans):
    left, right = (breadth(make_image(SPEC, replace(plans[0], flank=flank))[0]) for flank in (0, 1))
    same, mirrored = np.corrcoef(left, right)[0, 1], np.corrcoef(left[::-1], right)[0, 1]
    assert mirrored > max(0.8, same + 0.1)


@pytest.mark.parametrize('number', [1, 3])
def test_round_two_blackens_what_round_one_keeps(plans, number):
    one, two = (make_image(replace(SPEC, round=game), plans[number])[0] for game in (1, 2))
    outside = one[..., 3] == 0
    assert one[outside][:, :3].mean() > 5
    assert not two[outside].any()
    np.testing.assert_array_equal(one[~outside], two[~outside])


def test_a_shift_moves_test_images_alone(plans):
    shifted = replace(SPEC, shift=1.0)
    for plan in plans[:3]:
        assert plan.split == 'train'
        np.testing.assert_array_equal(make_image(SPEC, plan)[0], make_image(shifted, plan)[0])
    test = replace(plans[0], split='test')
    assert not np.array_equal(make_image(SPEC, test)[0], make_image(shifted, test)[0])


def test_a_shift_hides_turns_and_darkens():
    def looks(shift):
        drawn = [(np.random.default_rng(seed), np.random.default_rng(-1 % (seed + 2))) for seed in range(200)]
        return [draw_look(burst, own, facing_right=False, shift=shift) for burst, own in drawn]

    usual, far = looks(0.0), looks(1.0)
    for measure in (
        lambda look: look.hidden,
        lambda look: look.light.kind != 'day',
        lambda look: abs(np.arctan2(look.pose.view[1, 0], look.pose.view[0, 0])),
    ):
        assert np.mean([*map(measure, far)]) > 1.5 * np.mean([*map(measure, usual)])
