"""A published model from random weights, for tests that need a file rather than what it knows."""

import torch

from jaguar_mm.configs.read import read_config
from jaguar_mm.encoders.published import write_publication
from jaguar_mm.engine.checkpoints.publication import describe
from jaguar_mm.registry import MODELS
from tests.cli.running import ROOT


def published_model(path, width=32, config='synthetic/v1_resnet10t_arcface.py'):
    """Write one of a config, whose embeddings have a width, to ``path``, and return the path."""
    cfg = read_config(ROOT / 'configs' / config)
    cfg.model.backbone.checkpoint_path = ''
    cfg.model.neck[-1].out_channels = width
    torch.manual_seed(0)
    checkpoint = dict(
        meta=dict(cfg=cfg.pretty_text, dataset_meta=dict(classes=('Abril', 'Lua'))),
        state_dict=MODELS.build(cfg.model).state_dict(),
    )
    source = path.with_suffix('.pth')
    source.write_bytes(b'abc')
    write_publication(path, describe(checkpoint, source), checkpoint['state_dict'])
    return path
