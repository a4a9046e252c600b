"""Every config loads, and every part that it names can be built."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from safetensors.torch import load_file

from jaguar_mm.configs.read import read_config
from jaguar_mm.registry import DATASETS, HOOKS, METRICS, MODELS, TRANSFORMS, VISUALIZERS

CONFIGS = Path(__file__).resolve().parents[1] / 'configs'
LEAVES = sorted(str(path.relative_to(CONFIGS)) for path in CONFIGS.rglob('*.py') if '_base_' not in path.parts)
LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')


def load(name: str) -> Config:
    return read_config(CONFIGS / name)


def table_of(dataset):
    """Return the config of the data set that reads a table, whatever is wrapped around it."""
    members = [dataset.dataset] if 'dataset' in dataset else dataset.get('datasets')
    return table_of(members[0]) if members else dataset


def build_without_weights(cfg: Config) -> torch.nn.Module:
    """Build the model on the meta device: every module is made, nothing is allocated or downloaded."""
    cfg.model.backbone.update(pretrained=False, checkpoint_path='')
    with torch.device('meta'):
        return MODELS.build(cfg.model)


@pytest.mark.parametrize('name', LEAVES)
def test_model_and_optimiser_build(name):
    cfg = load(name)
    init_default_scope(cfg.default_scope)  # as the runner does
    model = build_without_weights(cfg)
    wrapper = dict(cfg.optim_wrapper)
    if wrapper['type'] == 'AmpOptimWrapper':
        wrapper = {k: v for k, v in wrapper.items() if k not in ('dtype', 'loss_scale')} | {'type': 'OptimWrapper'}
    assert build_optim_wrapper(model, wrapper).optimizer.param_groups


@pytest.mark.parametrize('name', [name for name in LEAVES if name.startswith('synthetic/v')])
def test_the_shipped_encoder_fits_and_is_small(name):
    backbone = load(name).model.backbone
    assert Path(backbone.checkpoint_path).stat().st_size < 8e6
    shipped = load_file(backbone.checkpoint_path)
    built = MODELS.build(backbone).timm_model.state_dict()
    assert all(torch.equal(built[key], shipped[key].to(built[key].dtype)) for key in built)


@pytest.mark.parametrize('name', LEAVES)
def test_data_hooks_and_evaluators_build(name):
    cfg = load(name)
    init_default_scope(cfg.default_scope)  # a hook builds transforms
    for loader in LOADERS:
        table = table_of(cfg[loader].dataset)
        for step in table.pipeline:
            assert TRANSFORMS.build(step) is not None
        assert DATASETS.build(dict(table, lazy_init=True)) is not None
    VISUALIZERS.build(dict(type=cfg.visualizer.type, name=name))  # which a hook asks for
    for hook in cfg.default_hooks.values():
        assert HOOKS.build(hook) is not None
    for evaluator in (cfg.val_evaluator, cfg.test_evaluator):
        built = [METRICS.build(metric) for metric in (evaluator if isinstance(evaluator, list) else [evaluator])]
        assert built[0].pipeline.stages


@pytest.mark.parametrize('name', LEAVES)
def test_the_header_says_how_to_run_it(name):
    header = (CONFIGS / name).read_text(encoding='utf-8').split('_base_')[0]
    assert f'tools/train.py configs/{name}' in header


def test_the_three_generations_inherit_and_have_the_published_settings():
    v1, v2, v3 = (load(f'{name}.py') for name in ('resnet152_arcface', 'resnet152_alpha', 'eva02_gem'))
    assert (v1.optim_wrapper.optimizer.type, v1.optim_wrapper.optimizer.lr) == ('Adam', 1e-3)
    assert (v1.train_dataloader.batch_size, v1.train_cfg.max_epochs, v1.param_scheduler) == (64, 10, [])
    assert v2.model.backbone == v1.model.backbone
    assert v2.model.train_cfg.augments == [dict(type='Mixup', alpha=0.2)]
    assert (v2.train_dataloader.batch_size, v2.model.head.losses.arcface.label_smoothing) == (128, 0.1)
    assert v3.model.backbone.model_name == 'eva02_large_patch14_448.mim_m38m_ft_in22k_in1k'
    assert v3.model.train_cfg is None
    assert v3.train_dataloader.batch_size * v3.optim_wrapper.accumulative_counts == 32
    assert (v3.optim_wrapper.dtype, v3.train_cfg.max_epochs) == ('bfloat16', 15)
    assert [stage.type for stage in v3.test_evaluator.stages] == [
        'Cosine',
        'Views',
        'QueryExpansion',
        'KReciprocalRerank',
    ]


def test_an_unknown_type_is_named():
    cfg = load('resnet152_arcface.py')
    cfg.model.neck = [dict(type='GemOfGems')]
    with pytest.raises(KeyError, match='GemOfGems'):
        build_without_weights(cfg)
