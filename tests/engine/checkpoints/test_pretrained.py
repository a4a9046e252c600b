import pytest
import timm
import torch
from mmengine.registry import init_default_scope

from jaguar_mm.engine.checkpoints.file import CheckpointError
from jaguar_mm.registry import MODELS

BACKBONE = dict(type='mmpretrain.MobileNetV2', widen_factor=0.1)


@pytest.fixture(autouse=True)
def scope():
    init_default_scope('jaguar_mm')


@pytest.mark.parametrize('prefix', [None, 'backbone', 'backbone.'])
def test_weights_that_fit_are_taken(tmp_path, prefix):
    state = MODELS.build(BACKBONE).state_dict()
    named = {f'backbone.{name}' if prefix else name: weight for name, weight in state.items()}
    torch.save(dict(state_dict=named), tmp_path / 'w.pth')
    init_cfg = dict(type='Pretrained', checkpoint=str(tmp_path / 'w.pth')) | (dict(prefix=prefix) if prefix else {})
    model = MODELS.build(BACKBONE | dict(init_cfg=init_cfg))
    model.init_weights()
    assert all(torch.equal(weight, state[name]) for name, weight in model.state_dict().items())


@pytest.mark.parametrize(('prefix', 'wanted'), [(None, r'conv1\.conv'), ('backbone', r'backbone\.conv1\.conv')])
def test_a_file_none_of_which_fits_is_an_error(tmp_path, prefix, wanted):
    torch.save(timm.create_model('mobilenetv3_small_050').state_dict(), tmp_path / 'w.pth')
    init_cfg = dict(type='Pretrained', checkpoint=str(tmp_path / 'w.pth'), prefix=prefix)
    model = MODELS.build(BACKBONE | dict(init_cfg=init_cfg))
    with pytest.raises(CheckpointError) as caught:
        model.init_weights()
    assert caught.match(
        rf'w\.pth: none of its weights fits the MobileNetV2 .* such as {wanted}.* the file has conv_stem'
    )
