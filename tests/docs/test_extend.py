"""The code of docs/extend/ runs."""

import re

import torch
from mmengine.registry import DefaultScope
from mmpretrain.structures import DataSample

from jaguar_mm.configs import read_config
from jaguar_mm.registry import MODELS
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
