"""The code of docs/extend/ runs."""

import re

import cv2
import numpy as np
import torch
from mmengine.registry import DefaultScope
from mmpretrain.structures import DataSample

from jaguar_mm.configs.read import read_config
from jaguar_mm.datasets.protocol import build_reid_data
from jaguar_mm.registry import MODELS, TRANSFORMS
from tests.conftest import ROOT


def blocks(page):
    """Return the Python code of a page, in order."""
    text = (ROOT / 'docs' / 'extend' / page).read_text(encoding='utf-8')
    return re.findall(r'^```python\n(.*?)^```', text, re.DOTALL | re.MULTILINE)


def test_add_a_loss(tmp_path, monkeypatch):
    code, config = blocks('loss.md')
    (tmp_path / 'my_losses.py').write_text(code)
    (tmp_path / 'mine.py').write_text(config)
    monkeypatch.syspath_prepend(tmp_path)
    cfg = read_config(tmp_path / 'mine.py')
    with DefaultScope.overwrite_default_scope('jaguar_mm'):
        head = MODELS.build(dict(cfg.model.head, num_classes=3, in_channels=8))
    embedding = torch.randn(4, 8, requires_grad=True)
    losses = head.loss((embedding,), [DataSample().set_gt_label(label) for label in (0, 0, 1, 2)])
    assert list(losses) == ['loss_sphere', 'loss_pairs']
    sum(losses.values()).backward()
    assert embedding.grad.isfinite().all()


def test_add_a_data_set(tmp_path, monkeypatch):
    code, config = blocks('dataset.md')
    (tmp_path / 'my_data.py').write_text(code)
    (tmp_path / 'mine.py').write_text(config)
    (tmp_path / 'photos').mkdir()
    for animal in ('Abril', 'Lua'):
        for number in range(5):
            image = np.full((32, 32, 3), 50 * number, np.uint8)
            cv2.imwrite(str(tmp_path / 'photos' / f'{animal}_{number}.jpg'), image)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    cfg = read_config('mine.py')
    sets = {}
    for name in ('train', 'val'):
        sets[name] = build_reid_data(cfg[f'{name}_dataloader'].dataset)
    assert [sets[name].metainfo['classes'] for name in sets] == [('Abril', 'Lua')] * 2
    assert {name: len(split) for name, split in sets['train'].split_record().items()} == {'train': 6, 'val': 4}
    sample = sets['train'][0]
    assert sample['inputs'].shape == (3, 448, 448)
    assert sample['data_samples'].identity == 'Abril'


def test_change_a_recipe(tmp_path):
    (config,) = blocks('config.md')
    (tmp_path / 'mine.py').write_text(config)
    cfg = read_config(tmp_path / 'mine.py')
    base = read_config(ROOT / 'configs/eva02_gem.py')
    train, before = cfg.train_dataloader.dataset.pipeline, base.train_dataloader.dataset.pipeline
    kinds = [step.type for step in before if step.type != 'RandomFlip']
    kinds.insert(kinds.index('MatrixColorJitter') + 1, 'GaussianBlur')
    assert [step.type for step in train] == kinds
    assert [train[0].size, train[1].scale, train[4].brightness, train[4].contrast] == [640, 560, 0.4, 0.2]
    assert [cfg.val_dataloader.dataset.pipeline[place] for place in (0, 1)] == [
        dict(type='LoadRGBA', cache=True, size=640),
        dict(type='Resize', scale=(560, 560), interpolation='bicubic'),
    ]
    assert cfg.test_evaluator.stages[3] == dict(type='KReciprocalRerank', k1=10, k2=6, lambda_value=0.3)
    assert cfg.model.neck[1] == dict(type='BNNeck', out_channels=512)
    with DefaultScope.overwrite_default_scope('jaguar_mm'):
        assert all(TRANSFORMS.build(step) for step in train)
