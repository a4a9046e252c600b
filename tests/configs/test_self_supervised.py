"""SimCLR learns from images without names, and a training starts from what it has learnt."""

from pathlib import Path

import torch
from safetensors.torch import load_file

from jaguar_mm.configs.read import read_config
from tests.cli.running import ROOT, in_process

SMALL = ['train_dataloader.num_workers=0', 'train_dataloader.persistent_workers=False', 'train_cfg.max_epochs=1']
STARTED_FROM = ROOT / 'configs' / 'synthetic' / 'resnet10t.safetensors'
RECIPES = 'configs/recipes/transfer'


def train(name, competition, work, *options):
    settings = [f'data_root={competition}', *SMALL, *options]
    done = in_process('train', f'{RECIPES}/{name}.py', '--no-validate', '--work-dir', work, '--cfg-options', *settings)
    assert done.returncode == 0, done.stdout + done.stderr
    return done, Path((work / 'last_checkpoint').read_text())


def test_the_next_training_starts_from_it(competition, tmp_path):
    images = len(list(competition.rglob('*.png')))
    done, first = train('simclr', competition, tmp_path / 'simclr', 'train_dataloader.batch_size=16')
    assert f'{images} images of 0 classes' in done.stdout + done.stderr  # of training and test
    assert torch.load(first, weights_only=False)['meta']['iter'] == images // 16 >= 2

    backbone = tmp_path / 'simclr.safetensors'
    exported = in_process('export-backbone', first, '--out', backbone)
    assert exported.returncode == 0, exported.stderr
    learnt, before = load_file(backbone), load_file(STARTED_FROM)
    assert learnt.keys() == before.keys()
    assert not torch.equal(learnt['layer4.0.conv1.weight'], before['layer4.0.conv1.weight'])

    still = ['optim_wrapper.optimizer.lr=0.0', 'train_dataloader.batch_size=8']
    _, second = train(
        'self_supervised', competition, tmp_path / 'next', f'model.backbone.checkpoint_path={backbone}', *still
    )
    trained = torch.load(second, weights_only=False)
    assert trained['meta']['iter'] >= 2
    for name, value in learnt.items():
        if 'running' not in name and value.is_floating_point():
            assert torch.equal(trained['state_dict'][f'backbone.timm_model.{name}'], value.float())


def test_no_view_is_mirrored():
    (views,) = [
        step for step in read_config(ROOT / RECIPES / 'simclr.py').train_dataloader.dataset.pipeline
        if step['type'] == 'MultiView'
    ]  # fmt: skip
    assert 'RandomFlip' not in str(views)
    assert views.num_views == 2
