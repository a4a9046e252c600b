import os

import pytest
import torch
from safetensors.torch import load_file

from jaguar_mm.engine.checkpoints.backbone_export import export_backbone
from jaguar_mm.engine.checkpoints.file import CheckpointError
from jaguar_mm.registry import MODELS

BACKBONE = dict(type='TimmFeatures', model_name='resnet10t', channels=(8, 16, 32, 64))
MODEL = dict(
    type='ReIDClassifier',
    backbone=BACKBONE,
    neck=[dict(type='GeM'), dict(type='BNNeck')],
    head=dict(type='ReIDHead', num_classes=3, losses=[dict(type='ArcFace')]),
)


class Command:
    """Creates a folder when it is unpickled."""

    def __init__(self, path) -> None:
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_another_model_starts_from_the_exported_backbone(tmp_path):
    model = MODELS.build(MODEL)
    torch.save(dict(meta=dict(epoch=1), state_dict=model.state_dict()), tmp_path / 'epoch_1.pth')
    out = tmp_path / 'backbone.safetensors'
    assert export_backbone(tmp_path / 'epoch_1.pth', out) == len(load_file(out))
    start = MODELS.build(BACKBONE | dict(checkpoint_path=str(out))).state_dict()
    for key, value in model.backbone.state_dict().items():
        half = value.half().to(value.dtype) if value.is_floating_point() else value
        assert start[key].dtype == value.dtype
        assert torch.equal(start[key], half), key


def test_additions_of_low_rank_are_part_of_the_exported_weights(tmp_path):
    model = MODELS.build(MODEL | dict(backbone=BACKBONE | dict(type='LoRAFeatures', rank=2))).eval()
    for name, value in model.named_parameters():
        if name.endswith('.0.up'):
            torch.nn.init.normal_(value, std=0.1)
    torch.save(dict(meta=dict(epoch=1), state_dict=model.state_dict()), tmp_path / 'epoch_1.pth')
    export_backbone(tmp_path / 'epoch_1.pth', tmp_path / 'backbone.safetensors')
    start = MODELS.build(BACKBONE | dict(checkpoint_path=str(tmp_path / 'backbone.safetensors'))).eval()
    images = torch.randn(2, 3, 32, 32)
    torch.testing.assert_close(start(images)[0], model.backbone(images)[0], rtol=0.02, atol=0.02)


@pytest.mark.parametrize('content', [dict(state_dict={'head.weight': torch.ones(2)}), torch.ones(2), 'text'])
def test_another_file_is_named(tmp_path, content):
    torch.save(content, tmp_path / 'other.pth')
    with pytest.raises((ValueError, CheckpointError), match=r'other\.pth'):
        export_backbone(tmp_path / 'other.pth', tmp_path / 'out.safetensors')
    assert not (tmp_path / 'out.safetensors').exists()


def test_a_checkpoint_runs_no_code(tmp_path):
    torch.save(dict(state_dict=Command(tmp_path / 'marker')), tmp_path / 'evil.pth')
    with pytest.raises(CheckpointError, match=r'evil\.pth: no checkpoint that can be trusted'):
        export_backbone(tmp_path / 'evil.pth', tmp_path / 'out.safetensors')
    assert not (tmp_path / 'marker').exists()
