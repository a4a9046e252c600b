import logging
from types import SimpleNamespace

import pytest
import torch

from jaguar_mm.configs.read import read_config
from jaguar_mm.encoders.published import write_publication
from jaguar_mm.engine.checkpoints import contract
from jaguar_mm.engine.checkpoints.contract import ContractError, action_of, keep_contract
from jaguar_mm.engine.checkpoints.file import read_checkpoint
from jaguar_mm.registry import HOOKS
from tests.cli.running import CONFIG, ROOT

V1 = 'configs/synthetic/v1_resnet10t_arcface.py'


@pytest.fixture
def said(monkeypatch):
    """What was logged, as (level, text)."""
    lines = []
    monkeypatch.setattr(contract, 'print_log', lambda text, logger, level: lines.append((level, text)))
    return lines


def config(path=CONFIG, **settings):
    cfg = read_config(ROOT / path)
    cfg.merge_from_dict(settings)
    return cfg


def with_step(path, place, **changes):
    """Return a config with one step of its test pipeline changed."""
    cfg = config(path)
    cfg.test_dataloader.dataset.pipeline[place].update(changes)
    return cfg


def record(path=CONFIG):
    return dict(cfg=config(path).pretty_text)


@pytest.mark.parametrize('path', [CONFIG, V1, 'configs/nyala/mobilenetv2_flanks.py', 'configs/eva02_gem.py'])
@pytest.mark.parametrize('loader', ['val_dataloader', 'test_dataloader'])
def test_a_config_keeps_its_own_contract_though_it_trains_with_another_background(path, loader, said):
    keep_contract(record(path), config(path), loader, 'raise')
    assert said == []


@pytest.mark.parametrize(
    ('recorded', 'now', 'words'),
    [
        (CONFIG, 'keep', ["background 'mean'", "has 'keep'", "never seen in training ('random')", "to 'mean' in"]),
        (CONFIG, 'blur', ["background 'mean'", "has 'blur': set"]),
        (V1, 'mean', ["background 'keep'", "has 'mean'", "never seen in training ('keep')", "to 'keep' in"]),
        (V1, 'random', ["background 'keep'", "has 'random'", "never seen in training ('keep')"]),
    ],
)
def test_another_background_is_told_in_one_line_with_both_modes_and_what_to_set(recorded, now, words, said):
    place = 3 if recorded == CONFIG else 2
    cfg = with_step(recorded, place, background=now)
    keep_contract(record(recorded), cfg, 'test_dataloader', 'warn')
    ((level, text),) = said
    assert level == logging.WARNING
    assert '\n' not in text
    for word in [*words, 'test_dataloader', 'default_hooks.background_contract.on_mismatch=ignore']:
        assert word in text
    assert 'size' not in text
    with pytest.raises(ContractError, match=f"has '{now}'"):
        keep_contract(record(recorded), cfg, 'test_dataloader', 'raise')
    keep_contract(record(recorded), cfg, 'test_dataloader', 'ignore')
    assert len(said) == 1


def test_only_the_loader_that_runs_is_compared(said):
    cfg = with_step(CONFIG, 3, background='keep')
    keep_contract(record(), cfg, 'val_dataloader', 'raise')
    assert said == []


def test_no_mask_at_all_is_another_background(said):
    cfg = config()
    del cfg.test_dataloader.dataset.pipeline[3]
    with pytest.raises(ContractError, match="background 'mean', but test_dataloader has no AlphaMask:"):
        keep_contract(record(), cfg, 'test_dataloader', 'raise')


@pytest.mark.parametrize(
    ('cfg', 'message'),
    [
        (with_step(CONFIG, 2, scale=(60, 40)), r'images of \[120, 80\].*makes them \[60, 40\]: see its Resize'),
        (with_step(CONFIG, 2, interpolation='nearest'), '"area".*"nearest"'),
        (with_step(CONFIG, 1, margin=0.5), '"margin": 0.05.*"margin": 0.5'),
        (config(**{'model.data_preprocessor': dict(mean=[127.5] * 3, std=[127.5] * 3)}), r'mean.*127\.5.*std'),
    ],
)
def test_other_preprocessing_is_told(cfg, message, said):
    with pytest.raises(ContractError, match=message):
        keep_contract(record(), cfg, 'test_dataloader', 'raise')


def test_what_makes_no_difference_is_not_told(said):
    cfg = with_step(CONFIG, 2, scale=[120, 80])
    cfg.test_dataloader.dataset.pipeline[0] = dict(type='LoadFromSomewhereElse')
    cfg.test_dataloader.dataset.pipeline[4].meta_keys = ('image_name',)
    cfg.test_dataloader.batch_size = 1
    cfg.model.data_preprocessor = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375])
    keep_contract(record(), cfg, 'test_dataloader', 'raise')
    assert said == []


@pytest.mark.parametrize('meta', [{}, dict(cfg='a = 1'), dict(cfg='import os'), dict(cfg=None), dict(author='x')])
def test_a_checkpoint_from_elsewhere_is_only_said_to_have_no_record(meta, said):
    keep_contract(meta, config(), 'test_dataloader', 'raise')
    ((level, text),) = said
    assert level == logging.INFO
    assert 'does not say its background and preprocessing' in text


def test_the_background_is_compared_even_if_the_network_is_unknown_here(said):
    meta = dict(cfg=record()['cfg'].replace("'resnet10t'", "'hf-hub:someone/network'"))
    with pytest.raises(ContractError, match="has 'keep'"):
        keep_contract(meta, with_step(CONFIG, 3, background='keep'), 'test_dataloader', 'raise')
    assert 'does not say its preprocessing' in said[0][1]


def test_a_published_file_is_held_to_its_record_too(tmp_path, said):
    header = dict(format_version=1, dataset_meta=dict(classes=['Abril']), **record())
    write_publication(tmp_path / 'a.safetensors', header, {'w': torch.ones(1)})
    meta = read_checkpoint(tmp_path / 'a.safetensors')['meta']
    keep_contract(meta, config(), 'test_dataloader', 'raise')
    with pytest.raises(ContractError, match="has 'keep'"):
        keep_contract(meta, with_step(CONFIG, 3, background='keep'), 'test_dataloader', 'raise')


def test_what_is_done_comes_from_the_hook_s_config():
    assert action_of(config()) == 'warn'
    assert action_of(config(**{'default_hooks.background_contract.on_mismatch': 'raise'})) == 'raise'
    without = config()
    del without.default_hooks['background_contract']
    assert action_of(without) == 'warn'
    without.custom_hooks = [dict(type='jaguar_mm.BackgroundContractHook', on_mismatch='ignore')]
    assert action_of(without) == 'ignore'


class TestBackgroundContractHook:
    @staticmethod
    def loaded(path=CONFIG, place=3, background='keep', **settings):
        """Return a hook that has seen a checkpoint load, and a runner whose config shows all images otherwise."""
        cfg = config(path, **settings)
        for loader in (cfg.val_dataloader, cfg.test_dataloader):
            loader.dataset.pipeline[place].background = background
        hook, runner = HOOKS.build(dict(type='BackgroundContractHook', on_mismatch='raise')), SimpleNamespace(cfg=cfg)
        hook.after_load_checkpoint(runner, dict(meta=record(path)))
        return hook, runner

    @pytest.mark.parametrize('event', ['before_test', 'before_val'])
    def test_an_evaluation_is_refused_once(self, event):
        hook, runner = self.loaded()
        with pytest.raises(ContractError, match=f'{event[7:]}_dataloader has .keep.'):
            getattr(hook, event)(runner)
        getattr(hook, event)(runner)

    def test_a_training_that_goes_on_is_refused_and_one_that_starts_is_not(self):
        hook, runner = self.loaded(resume=True)
        with pytest.raises(ContractError, match=r"val_dataloader has 'keep'"):
            hook.before_train(runner)
        hook, runner = self.loaded(resume=False)
        hook.before_train(runner)
        hook.before_val(runner)  # the weights are this training's own by now

    def test_a_resumed_training_without_validation_is_held_to_nothing(self):
        hook, runner = self.loaded(resume=True)
        runner.cfg.val_dataloader = None
        hook.before_train(runner)

    def test_nothing_loaded_nothing_compared(self):
        hook = HOOKS.build(dict(type='BackgroundContractHook', on_mismatch='raise'))
        hook.before_test(SimpleNamespace(cfg=config()))

    def test_a_checkpoint_of_bare_weights(self, said):
        hook, runner = self.loaded()
        hook.after_load_checkpoint(runner, {'w': torch.ones(1)})
        hook.before_test(runner)
        assert said[0][0] == logging.INFO

    def test_an_unknown_action_is_refused(self):
        with pytest.raises(ValueError, match=r"BackgroundContractHook\.on_mismatch .*'shout'"):
            HOOKS.build(dict(type='BackgroundContractHook', on_mismatch='shout'))
