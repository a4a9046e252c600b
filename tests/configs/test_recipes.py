"""Every recipe changes one idea of a base, says so in a few lines, and trains."""

import ast
from pathlib import Path

import pytest
import torch

from jaguar_mm.configs.read import read_config
from tests.cli.running import ROOT, in_process
from tests.published import published_model

LAST_STEP = 'ladder/s8_ema.py'
RECIPES = ROOT / 'configs' / 'recipes'
NAMES = sorted(str(path.relative_to(RECIPES)) for path in RECIPES.rglob('*.py'))
ELSEWHERE = ('backbones/', 'transfer/simclr.py', 'transfer/self_supervised.py')  # tests beside this one
TRAINED = [name for name in NAMES if not name.startswith(ELSEWHERE)]
PACKAGES = {'seeing/tensorboard.py': 'tensorboard', 'seeing/wandb.py': 'wandb'}  # of an extra
PSEUDO, TAUGHT = 'self_training/pseudo_labels.py', 'self_training/distillation.py'
SMALL = ['train_dataloader.batch_size=8', 'train_dataloader.num_workers=0', 'train_dataloader.persistent_workers=False']

EARLIER = {'averaging/swa.py': ['default_hooks.ema.begin_epoch=1']}  # what begins after the one epoch that is trained


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
    pairs = 'classes' in read_config(RECIPES / name).train_dataloader.sampler
    classes = ['train_dataloader.sampler.classes=2'] if pairs else []  # of the three in the competition
    others = [*classes, *EARLIER.get(name, [])]
    if name == PSEUDO:
        solved = (competition / 'solution.csv').read_text()
        (competition / 'pseudo.csv').write_text(solved)  # has its columns
    if name == TAUGHT:
        others.append(f'model.teacher={published_model(tmp_path / "teacher.safetensors", width=128)}')
    options = [f'data_root={competition}', 'train_cfg.max_epochs=1', *SMALL, *others]
    config = f'configs/recipes/{name}'
    done = in_process('train', config, '--no-validate', '--work-dir', tmp_path, '--cfg-options', *options)
    assert done.returncode == 0, done.stdout + done.stderr
    checkpoint = torch.load(Path((tmp_path / 'last_checkpoint').read_text()), weights_only=False)
    assert checkpoint['meta']['iter'] >= 2
    assert all(value.isfinite().all() for value in checkpoint['state_dict'].values())


def test_the_ladder_ends_in_v3():
    top, v3 = (
        read_config(ROOT / 'configs' / name) for name in (f'recipes/{LAST_STEP}', 'synthetic/v3_resnet10t_gem.py')
    )
    assert top.model == v3.model
    assert top.param_scheduler == v3.param_scheduler
    assert top.default_hooks == v3.default_hooks
    for loader in ('train_dataloader', 'test_dataloader'):
        assert top[loader].dataset.pipeline == v3[loader].dataset.pipeline
    optimiser, wanted = top.optim_wrapper, v3.optim_wrapper
    assert (optimiser.optimizer, optimiser.dtype) == (wanted.optimizer, wanted.dtype)
    rates = [part.lr_mult for part in wanted.paramwise_cfg.custom_keys.values()]
    assert set(rates) == {1.0}  # which the ladder need not say
