"""What the recipes of augmentation do to an image: alpha stays with the animal, colours stay in order, sizes fit."""

import numpy as np
import pytest
from mmengine.registry import init_default_scope

from jaguar_mm.configs.read import read_config
from jaguar_mm.datasets.samplers import Draw
from jaguar_mm.registry import TRANSFORMS
from tests.cli.running import ROOT
from tests.test_configs import table_of

RECIPES = sorted((ROOT / 'configs' / 'recipes' / 'augmentation').glob('*.py'))
SIZE = (80, 120)


@pytest.fixture
def animal():
    """An RGBA image whose alpha is each of its colours too."""
    rows, columns = np.mgrid[:90, :130]
    blob = (np.hypot(rows - 50, (columns - 60) / 1.5) < 25).astype(np.uint8)
    texture = np.random.default_rng(0).integers(128, 256, blob.shape, dtype=np.uint8)
    return np.dstack([blob * texture] * 4)


def steps_of(recipe, which='train'):
    """Build a recipe's pipeline behind its loading."""
    cfg = read_config(recipe)
    init_default_scope(cfg.default_scope)
    return [TRANSFORMS.build(step) for step in table_of(cfg[f'{which}_dataloader'].dataset).pipeline[1:]]


@pytest.mark.parametrize('recipe', RECIPES, ids=lambda path: path.stem)
def test_alpha_moves_with_the_animal_and_images_have_one_size(recipe, animal):
    steps = steps_of(recipe)
    masking = [type(step).__name__ for step in steps].index('AlphaMask')
    for seed in range(20):
        results = dict(img=animal.copy(), has_alpha=True, img_path='a.png', gt_label=0)
        with Draw(seed, 0, 0).randomness():
            for step in steps[:masking]:
                results = step(results)
            moved = results['img']
            assert moved.shape[2] == 4
            shown = moved[moved[..., 3] > 0]  # (N, 4); where the image ends, another colour is blended in
            assert (shown[:, :3] == shown[:, 3:]).mean() > 0.9
            results['background_donors'], results['load'] = ['a.png'], lambda _: _Loaded(animal)
            for step in steps[masking:]:
                results = step(results)
        assert results['inputs'].shape == (3, *SIZE)


class _Loaded:
    def __init__(self, pixels):
        self.pixels = pixels


CHANGING = ['light', 'strong', 'randaugment', 'autoaugment', 'trivialaugment', 'cutout', 'erasing', 'grey']


@pytest.mark.parametrize('name', [*CHANGING, 'background'])
def test_a_draw_decides_what_is_changed(name, animal):
    steps, seen = steps_of(ROOT / 'configs' / 'recipes' / 'augmentation' / f'{name}.py'), []
    coloured = animal.copy()
    coloured[..., 0] //= 2
    for epoch in (0, 0, *range(1, 20)):
        donors = dict(background_donors=['a.png'], load=lambda _: _Loaded(coloured))
        results = dict(img=coloured.copy(), has_alpha=True, img_path='a.png', gt_label=0) | donors
        with Draw(0, 0, epoch).randomness():
            for step in steps:
                results = step(results)
        seen.append(results['inputs'].numpy().tobytes())
    assert seen[0] == seen[1]
    assert len(set(seen)) > 1


def test_the_background_is_replaced_in_training_and_one_colour_in_testing(animal):
    recipe = ROOT / 'configs' / 'recipes' / 'augmentation' / 'background.py'
    for which, background in (('train', 'random'), ('val', 'mean'), ('test', 'mean')):
        found = [step.background for step in steps_of(recipe, which) if hasattr(step, 'background')]
        assert found == [background]
