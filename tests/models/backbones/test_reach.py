import copy

import pytest
import timm
import torch
from torch import nn

from jaguar_mm.engine import ReIDRunner
from jaguar_mm.models.backbones.reach import unreached_parameters
from jaguar_mm.registry import MODELS

LAYERS_BEHIND_THE_MAP = {
    'mobilenetv3_small_050': {'conv_head'},
    'mobilenetv4_conv_small_035': {'conv_head', 'norm_head'},
    'ghostnet_050': {'conv_head'},
    'lcnet_035': {'conv_head'},
    'fasternet_t0': {'conv_head'},
    'repghostnet_050': {'conv_head'},
    'vgg11': {'pre_logits'},
    'vit_base_patch16_siglip_224': {'attn_pool'},
    'poolformerv2_s12': {'head'},
    'resnet10t': set(),
}
SMALL = {'vit_base_patch16_siglip_224': dict(depth=1, img_size=32)}


def build(name, **kwargs):
    torch.manual_seed(0)
    return MODELS.build(dict(type='TimmFeatures', model_name=name, **SMALL.get(name, {}), **kwargs))


def without_gradient(module, images):
    """An oracle: which parameters a real step leaves without a gradient."""
    outputs = module(images)
    sum(output.sum() for output in outputs).backward()
    return {name for name, parameter in module.named_parameters() if parameter.grad is None}


def build_on_meta(name):
    with torch.device('meta'):
        return build(name)


@pytest.mark.parametrize('name', LAYERS_BEHIND_THE_MAP)
def test_what_no_gradient_reaches_is_frozen(name):
    backbone = build_on_meta(name)
    frozen = {key.split('.')[1] for key, value in backbone.named_parameters() if not value.requires_grad}
    assert frozen == LAYERS_BEHIND_THE_MAP[name]
    assert set(backbone.timm_model.state_dict()) == set(
        timm.create_model(name, num_classes=0, **SMALL.get(name, {})).state_dict()
    )


@pytest.mark.parametrize('name', ['mobilenetv3_small_050', 'ghostnet_050', 'vit_base_patch16_siglip_224', 'resnet10t'])
def test_a_real_step_agrees(name):
    backbone = build(name)
    frozen = {key for key, value in backbone.named_parameters() if not value.requires_grad}
    assert without_gradient(backbone, torch.randn(2, 3, 32, 32)) == frozen


@pytest.mark.parametrize('name', ['mobilenetv3_small_050', 'eva02_tiny_patch14_224', 'swinv2_tiny_window8_256'])
def test_looking_changes_neither_weights_nor_random_numbers(name):
    kwargs = dict(drop_path_rate=0.2) | (dict(img_size=64, depths=(1, 1, 1, 1)) if name.startswith('swin') else {})
    backbone = build(name, **kwargs).train()
    after = torch.rand(4)
    torch.manual_seed(0)
    bare = timm.create_model(name, num_classes=0, **kwargs).train()
    assert torch.equal(after, torch.rand(4))
    for key, value in bare.state_dict().items():
        assert torch.equal(backbone.timm_model.state_dict()[key], value), key
    size = kwargs.get('img_size', 224)
    images = torch.randn(2, 3, size, size)
    torch.manual_seed(1)
    expected = bare.forward_features(images)
    torch.manual_seed(1)
    assert torch.equal(backbone.timm_model.forward_features(images), expected)


class OnlyOnRealNumbers(nn.Module):
    """Has no meta form, and uses one of its two layers."""

    def __init__(self):
        super().__init__()
        self.used, self.unused, self.norm = nn.Conv2d(3, 4, 3), nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)

    def forward(self, images):
        torch.rand(3)
        assert float(images.sum()) == 0  # a number of a meta tensor is an error
        return (self.norm(self.used(images)),)


def test_a_network_without_a_meta_form_is_run_on_zeros():
    network = OnlyOnRealNumbers()
    before, state = copy.deepcopy(network.state_dict()), torch.get_rng_state()
    assert unreached_parameters(network, (3, 8, 8)) == {'unused.weight', 'unused.bias'}
    assert all(torch.equal(before[key], value) for key, value in network.state_dict().items())
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize('context', [torch.no_grad, torch.inference_mode])
def test_it_does_not_matter_whether_gradients_are_switched_off(context):
    with context():
        backbone = build('mobilenetv3_small_050')
    assert not backbone.timm_model.conv_head.weight.requires_grad
    assert backbone.timm_model.conv_stem.weight.requires_grad


def test_other_channels_than_three_can_be_asked_for():
    assert build('resnet10t', in_chans=4).eval()(torch.randn(1, 4, 32, 32))[0].shape == (1, 512, 1, 1)


@pytest.mark.parametrize(
    ('name', 'reason'),
    [
        ('crossvit_tiny_240', '2 outputs instead of one'),
        ('efficientvim_m1', 'outputs instead of one'),
        ('pit_ti_224', 'tokens without a grid'),
    ],
)
def test_a_network_without_a_map_says_so(name, reason):
    with pytest.raises(TypeError, match=rf'model\.backbone\.model_name: {name} gives .*{reason}.*choose a'):
        build_on_meta(name)


@pytest.mark.parametrize('name', ['caformer_s18', 'poolformer_s12'])
def test_a_network_without_layers_can_do_all_that_needs_none(name):
    assert build_on_meta(name).feature_dim == 512
    with pytest.raises(ValueError, match=rf'layers of {name} apart .*frozen_stages at -1'), torch.device('meta'):
        build(name, frozen_stages=0)
    with pytest.raises(ValueError, match=r'layer-wise learning rates'):
        build_on_meta(name).get_layer_depth('timm_model.stem.conv.weight')


def test_a_network_that_cannot_recompute_says_so():
    with pytest.raises(ValueError, match=r'model\.backbone\.grad_checkpointing: .*inception_v3'), torch.device('meta'):
        build('inception_v3', grad_checkpointing=True)


@pytest.mark.parametrize('paramwise', [None, dict(norm_decay_mult=0.0)])
def test_frozen_parameters_are_left_out_of_the_optimiser(paramwise, tmp_path):
    model = nn.Sequential(build('mobilenetv3_small_050'), nn.Linear(2, 2))
    runner = ReIDRunner(model, work_dir=str(tmp_path), experiment_name='frozen', default_scope='jaguar_mm')
    settings = dict(optimizer=dict(type='SGD', lr=0.1, weight_decay=0.1), paramwise_cfg=paramwise)
    groups = runner.build_optim_wrapper(settings).param_groups
    given = [parameter for group in groups for parameter in group['params']]
    assert {id(parameter) for parameter in given} == {id(p) for p in model.parameters() if p.requires_grad}
