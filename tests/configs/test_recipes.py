"""Every recipe changes one idea of a base, says so in a few lines, and trains."""

import ast
from pathlib import Path

import pytest
import torch

from tests.cli.running import ROOT, in_process

RECIPES = ROOT / 'configs' / 'recipes'
NAMES = sorted(str(path.relative_to(RECIPES)) for path in RECIPES.rglob('*.py'))
TRAINED = [name for name in NAMES if not name.startswith('backbones/')]  # those are in test_backbone_recipes.py
PACKAGES = {'seeing/tensorboard.py': 'tensorboard', 'seeing/wandb.py': 'wandb'}  # of an extra
SMALL = ['train_dataloader.batch_size=8', 'train_dataloader.num_workers=0', 'train_dataloader.persistent_workers=False']


@pytest.mark.parametrize('name', NAMES)
def test_a_recipe_is_short(name):
    text = (RECIPES / name).read_text(encoding='utf-8')
    body = [node for node in ast.parse(text).body if 'data_root' not in ast.unparse(node)]
    assert sum(node.end_lineno - node.lineno + 1 for node in body) <= 20
    assert f'tools/train.py configs/recipes/{name}' in text.split('_base_')[0]


@pytest.mark.parametrize('name', TRAINED)
def test_a_recipe_trains(name, competition, tmp_path):
    if name in PACKAGES:
        pytest.importorskip(PACKAGES[name])
    options = [f'data_root={competition}', 'train_cfg.max_epochs=1', *SMALL]
    config = f'configs/recipes/{name}'
    done = in_process('train', config, '--no-validate', '--work-dir', tmp_path, '--cfg-options', *options)
    assert done.returncode == 0, done.stdout + done.stderr
    checkpoint = torch.load(Path((tmp_path / 'last_checkpoint').read_text()), weights_only=False)
    assert checkpoint['meta']['iter'] >= 2
    assert all(value.isfinite().all() for value in checkpoint['state_dict'].values())
