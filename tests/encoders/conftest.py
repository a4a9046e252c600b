"""A model as it is trained, and the file that it is published as."""

import pytest
import torch
from mmengine.registry import init_default_scope

from jaguar_mm.configs.read import read_config
from jaguar_mm.encoders.published import write_publication
from jaguar_mm.engine.checkpoints.publication import describe
from jaguar_mm.networks import settle_on_cpu
from jaguar_mm.registry import DATASETS, MODELS
from tests.cli.running import CONFIG, ROOT

SETTINGS = {'model.backbone.checkpoint_path': '', 'model.backbone.pretrained': False}


@pytest.fixture(scope='package')
def cfg(competition):
    cfg = read_config(ROOT / CONFIG)
    cfg.merge_from_dict(SETTINGS)
    for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
        loader.dataset.data_root = str(competition)
        loader.dataset.pipeline[0].update(cache=str(competition.parent / 'cache'))
    init_default_scope('jaguar_mm')
    return cfg


@pytest.fixture(scope='package')
def model(cfg):
    torch.manual_seed(0)
    model = settle_on_cpu(MODELS.build(cfg.model))  # as the runner does
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d):
            module.running_mean.normal_(std=0.1)
            module.running_var.uniform_(0.5, 2)
    return model.eval()


@pytest.fixture(scope='package')
def published(cfg, model, tmp_path_factory):
    path = tmp_path_factory.mktemp('published') / 'model.safetensors'
    (path.parent / 'epoch_1.pth').write_bytes(b'abc')
    meta = dict(cfg=cfg.pretty_text, dataset_meta=dict(classes=('Abril', 'Lua')))
    checkpoint = dict(meta=meta, state_dict=model.state_dict())
    write_publication(path, describe(checkpoint, path.parent / 'epoch_1.pth'), checkpoint['state_dict'])
    return path


@pytest.fixture(scope='package')
def dataset(cfg):
    return DATASETS.build(cfg.val_dataloader.dataset)
