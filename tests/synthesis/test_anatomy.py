from itertools import combinations

import numpy as np
import pytest

from jaguar_mm.synthesis.anatomy import COAT_EXTENT, COAT_ORIGIN, LAYERS, SKELETON


def test_every_chain_is_painted():
    assert {chain.layer for chain in SKELETON.values()} == set(LAYERS)


@pytest.mark.parametrize('name', SKELETON)
def test_every_chain_lies_on_the_coat_plane(name):
    joints = np.stack([SKELETON[name].on_coat.real, SKELETON[name].on_coat.imag], 1)
    radii = SKELETON[name].radii[:, None]
    assert (joints - radii > COAT_ORIGIN).all()
    assert (joints + radii < COAT_ORIGIN + COAT_EXTENT).all()


def test_limbs_share_no_place_of_the_coat():
    limbs = {name: SKELETON[name] for name in SKELETON if name.endswith(('leg', 'ear')) or name == 'tail'}
    for one, other in combinations(limbs.values(), 2):
        outer = slice(1 if len(one.radii) > 2 else 0, None)  # the root of a leg or the tail lies in the torso
        gap = np.abs(one.on_coat[outer, None] - other.on_coat[None, outer])
        assert (gap > one.radii[outer, None] + other.radii[None, outer]).all()
