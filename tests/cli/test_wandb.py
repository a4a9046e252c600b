"""Weights & Biases with the recipe's line. The package is not installed here: a stand-in takes down what it is told."""

import sys
from unittest.mock import MagicMock

import pytest

from tests.cli.running import in_process
from tests.configs.test_recipes import SMALL

RECIPE = 'configs/recipes/seeing/wandb.py'


@pytest.fixture
def options(competition):
    return ['--cfg-options', f'data_root={competition}', 'train_cfg.max_epochs=1', *SMALL]


def test_it_is_told_of_losses_rates_scores_and_margins_without_a_network(options, tmp_path, monkeypatch):
    told = MagicMock()
    monkeypatch.setitem(sys.modules, 'wandb', told)
    logger = ['default_hooks.logger.interval=1', 'train_cfg.val_interval=1']
    done = in_process('train', RECIPE, '--work-dir', tmp_path / 'work', *options, *logger)
    assert done.returncode == 0, done.stdout + done.stderr
    assert told.init.call_args.kwargs['mode'] == 'offline'
    names = {name for call in told.log.call_args_list for name in call.args[0]}
    assert {'loss', 'loss_arcface', 'lr', 'head.losses.arcface.margin', 'reid/plain/mAP_ib'} <= names


def test_without_it_nothing_begins_and_the_extra_is_named(options, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, 'wandb', None)
    done = in_process('train', RECIPE, '--no-validate', '--work-dir', tmp_path / 'work', *options)
    assert done.returncode == 2
    assert done.stderr.endswith(
        "error: jaguar-mm train needs wandb, which is not installed; pip install 'jaguar_mm[wandb]'\n"
    )
    assert not (tmp_path / 'work').exists()
