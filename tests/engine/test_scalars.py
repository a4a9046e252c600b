"""Single numbers of a model are in the log: GeM's exponent and margins, under their names, as they change."""

import json

import pytest
import torch
from mmengine.logging import MessageHub

from jaguar_mm.registry import HOOKS, MODELS
from tests.cli.running import ROOT, in_process
from tests.configs.test_recipes import SMALL


@pytest.fixture
def model():
    return MODELS.build(
        dict(
            type='ReIDClassifier',
            backbone=dict(type='TimmFeatures', model_name='resnet10t', pretrained=False),
            neck=[dict(type='GeM', p=3.0), dict(type='BNNeck')],
            head=dict(
                type='ReIDHead',
                num_classes=3,
                losses=dict(near=dict(type='ArcFace', margin=0.2), plain=dict(type='NormFace')),
            ),
        )
    )


class Runner:
    def __init__(self, model):
        self.model, self.message_hub = model, MessageHub('scalars')


def test_they_have_the_names_of_the_model_and_the_values_of_the_step(model):
    runner, hook = Runner(model), HOOKS.build(dict(type='ScalarsHook'))
    for p, margin in ((3.0, 0.2), (2.5, 0.4)):
        with torch.no_grad():
            model.neck[0].p.fill_(p)
        model.head.losses['near'].margin = margin
        hook.after_train_iter(runner, 0, {}, {})
    found = {name: buffer.data[0].tolist() for name, buffer in runner.message_hub.log_scalars.items()}
    assert found == {'train/neck.0.p': [3.0, 2.5], 'train/head.losses.near.margin': [0.2, 0.4]}


def test_the_recipe_writes_them_beside_the_losses(competition, tmp_path):
    options = [f'data_root={competition}', 'train_cfg.max_epochs=1', 'default_hooks.logger.interval=1', *SMALL]
    recipe = ROOT / 'configs' / 'recipes' / 'seeing' / 'scalars.py'
    done = in_process('train', recipe, '--no-validate', '--work-dir', tmp_path, '--cfg-options', *options)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = tmp_path.rglob('scalars.json')
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(lines) >= 2
    assert all(line['head.losses.arcface.margin'] == pytest.approx(0.3) and 'loss' in line for line in lines)
