import pytest
import timm
import torch
from mmpretrain.registry import OPTIM_WRAPPER_CONSTRUCTORS
from torch import nn

from jaguar_mm.registry import MODELS

SMALL_SWIN = dict(img_size=(64, 96), window_size=2, depths=(1, 1, 1, 1))
# name: arguments, height and width of the input, shape of the map
NETWORKS = {
    'resnet10t': ({}, (64, 96), (512, 2, 3)),
    'convnext_atto': ({}, (64, 96), (320, 2, 3)),
    'vit_tiny_patch16_224': (dict(img_size=(32, 48), depth=2), (32, 48), (192, 2, 3)),
    'eva02_tiny_patch14_224': (dict(img_size=(28, 42), depth=2), (28, 42), (192, 2, 3)),
    'swin_tiny_patch4_window7_224': (
        dict(img_size=(64, 96), window_size=2, depths=(1, 1, 1, 1)),
        (64, 96),
        (768, 2, 3),
    ),
}
TRANSFORMERS = ('vit_tiny_patch16_224', 'eva02_tiny_patch14_224')


def build(name, **kwargs):
    torch.manual_seed(0)
    return MODELS.build(dict(type='TimmFeatures', model_name=name, **kwargs))


def image(size, batch=2):
    return torch.randn(batch, 3, *size, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize('name', NETWORKS)
def test_one_map_comes_out_and_every_trained_parameter_takes_part(name):
    kwargs, size, shape = NETWORKS[name]
    backbone = build(name, **kwargs)
    features = backbone(image(size))
    assert isinstance(features, tuple)
    assert [tuple(feature.shape) for feature in features] == [(2, *shape)]
    assert backbone.feature_dim == shape[0]
    features[0].square().sum().backward()
    # Distributed training stops at a trained parameter without gradient.
    assert not [name for name, p in backbone.named_parameters() if p.requires_grad and p.grad is None]


@pytest.mark.parametrize('name', TRANSFORMERS)
@pytest.mark.parametrize(('row', 'column'), [(0, 0), (0, 2), (1, 0), (1, 2)])
def test_a_changed_patch_changes_its_own_cell_of_the_map(name, row, column):
    kwargs, size, _ = NETWORKS[name]
    backbone = build(name, **kwargs).eval()
    backbone.timm_model.blocks = nn.Sequential()  # nothing mixes the tokens
    patch = backbone.timm_model.patch_embed.patch_size[0]
    one, other = image(size, batch=1), image(size, batch=1)
    other[:, :, row * patch : (row + 1) * patch, column * patch : (column + 1) * patch] += 1
    changed = (backbone(one)[0] - backbone(other)[0]).abs().amax((0, 1)) > 1e-4
    assert changed.nonzero().tolist() == [[row, column]]


@pytest.mark.parametrize('name', TRANSFORMERS)
def test_tokens_are_timms_own_after_the_final_norm(name):
    kwargs, size, _ = NETWORKS[name]
    backbone = build(name, **kwargs).eval()
    network = backbone.timm_model
    tokens = network.fc_norm(network.forward_features(image(size)))[:, 1:]  # without the class token
    for token in range(6):
        torch.testing.assert_close(backbone(image(size))[0][..., token // 3, token % 3], tokens[:, token])
    torch.testing.assert_close(tokens.mean(-1), torch.zeros(2, 6), rtol=0, atol=1e-5)


def test_channels_last_networks_give_channels_first():
    kwargs, size, _ = NETWORKS['swin_tiny_patch4_window7_224']
    backbone = build('swin_tiny_patch4_window7_224', **kwargs).eval()
    expected = backbone.timm_model.forward_features(image(size))
    assert torch.equal(backbone(image(size))[0][:, :, 1, 2], expected[:, 1, 2])


@pytest.mark.parametrize('name', NETWORKS)
def test_maps_of_several_stages_come_in_order_and_all_train(name):
    kwargs, size, shape = NETWORKS[name]
    backbone = build(name, last_maps=2, **kwargs).train()
    features = backbone(image(size))
    assert len(features) == 2
    assert features[1].shape == (2, *shape)
    assert sum(feature.shape[1] for feature in features) == backbone.feature_dim
    sum(feature.square().sum() for feature in features).backward()
    assert not [name for name, p in backbone.named_parameters() if p.requires_grad and p.grad is None]
    alone = build(name, **kwargs)
    alone.load_state_dict(backbone.state_dict())
    for one, other in zip(backbone.eval()(image(size))[1:], alone.eval()(image(size)), strict=True):
        assert torch.equal(one, other)


def test_the_maps_of_a_convolutional_network_are_its_stages():
    backbone = build('resnet10t', last_maps=3).eval()
    network, kept = backbone.timm_model, []
    for stage in (network.layer2, network.layer3, network.layer4):
        stage.register_forward_hook(lambda _, __, output: kept.append(output))
    found = backbone(image((64, 96)))
    assert all(torch.equal(one, other) for one, other in zip(found, kept, strict=True))


def test_behind_a_last_layer_that_is_no_stage_the_last_map_is_the_network_s():
    backbone = build('mobilenetv2_050', last_maps=2).eval()
    features = backbone(image((64, 64)))
    assert [feature.shape[1] for feature in features] == [48, 1280]
    assert backbone.feature_dim == 48 + 1280
    assert torch.equal(features[1], backbone.timm_model.forward_features(image((64, 64))))


@pytest.mark.parametrize('last_maps', [0, 6])
def test_maps_that_timm_has_not_are_refused(last_maps):
    with pytest.raises(ValueError, match=rf'last_maps is {last_maps}, but timm gives 1 to 5 maps of resnet10t'):
        build('resnet10t', last_maps=last_maps)


@pytest.mark.parametrize('name', [*TRANSFORMERS, 'deit_tiny_distilled_patch16_224'])
def test_the_class_token_is_timm_s_and_a_map_of_one_position(name):
    kwargs, size, _ = NETWORKS.get(name, NETWORKS['vit_tiny_patch16_224'])
    backbone = build(name, class_token=True, **kwargs)
    token, patches = backbone(image(size))
    network = backbone.timm_model
    tokens = getattr(network, 'fc_norm', nn.Identity())(network.forward_features(image(size)))
    assert token.shape == (2, 192, 1, 1)
    torch.testing.assert_close(token[..., 0, 0], tokens[:, 0])
    assert patches.shape == (2, 192, 2, 3)
    assert backbone.feature_dim == 2 * 192
    torch.autograd.backward([token.square().sum(), patches.square().sum()])
    assert not [name for name, p in backbone.named_parameters() if p.requires_grad and p.grad is None]


@pytest.mark.parametrize(
    ('name', 'kwargs'), [('resnet10t', {}), ('vit_wee_patch16_reg1_gap_256', dict(img_size=32, depth=1))]
)
def test_a_network_without_class_token_is_named(name, kwargs):
    with pytest.raises(ValueError, match=rf'model\.backbone\.class_token: {name} has no class token'):
        build(name, class_token=True, **kwargs)


def test_images_of_another_size_need_a_network_made_for_it():
    with pytest.raises(ValueError, match=r'32 x 48 .* got 48 x 32: set model\.backbone\.img_size'):
        build('vit_tiny_patch16_224', img_size=(32, 48), depth=1)(image((48, 32)))
    backbone = build('vit_tiny_patch16_224', img_size=32, depth=1, dynamic_img_size=True)
    assert backbone(image((48, 32)))[0].shape == (2, 192, 3, 2)


def test_tokens_without_a_grid_are_refused():
    with pytest.raises(TypeError, match=r'model\.backbone\.model_name: xcit_nano_12_p16_224'):
        build('xcit_nano_12_p16_224', depth=1)(image((32, 32)))


@pytest.mark.parametrize('name', NETWORKS)
def test_initialising_the_model_keeps_the_weights(name, tmp_path):
    kwargs = NETWORKS[name][0]
    original = timm.create_model(name, num_classes=0, **kwargs)
    torch.save(original.state_dict(), tmp_path / 'weights.pth')
    backbone = build(name, checkpoint_path=str(tmp_path / 'weights.pth'), **kwargs)
    MODELS.build([dict(type='GlobalAveragePooling')]).append(backbone).init_weights()  # as MMEngine's runner does
    loaded = backbone.timm_model.state_dict()
    assert all(torch.equal(loaded[key], value) for key, value in original.state_dict().items())


def test_input_statistics_are_those_of_the_weights():
    backbone = build('eva02_large_patch14_448.mim_m38m_ft_in22k_in1k', depth=1, embed_dim=64, num_heads=4, img_size=28)
    clip_mean, clip_std = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
    assert backbone.input_mean == pytest.approx([255 * value for value in clip_mean])
    assert backbone.input_std == pytest.approx([255 * value for value in clip_std])


@pytest.mark.parametrize(
    ('frozen_stages', 'frozen'), [(-1, ()), (0, ('conv1', 'bn1')), (2, ('conv1', 'bn1', 'layer1', 'layer2'))]
)
def test_frozen_stages_neither_learn_nor_drift(frozen_stages, frozen):
    backbone = build('resnet10t', frozen_stages=frozen_stages).train()
    before = {name: value.clone() for name, value in backbone.timm_model.state_dict().items()}
    backbone(image((64, 64)))[0].square().sum().backward()
    torch.optim.SGD((p for p in backbone.parameters() if p.requires_grad), lr=0.1).step()
    after = backbone.timm_model.state_dict()
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    thawed = {'conv1', 'bn1', 'layer1', 'layer2', 'layer3', 'layer4'} - set(frozen)
    assert {name.split('.')[0] for name in moved} == thawed
    assert {name.split('.')[0] for name in moved if 'running_mean' in name} == thawed


@pytest.mark.parametrize('frozen_stages', [-2, 5])
def test_frozen_stages_out_of_range_are_refused(frozen_stages):
    with pytest.raises(ValueError, match=rf'model\.backbone\.frozen_stages is {frozen_stages}, .* depths 0 to 4'):
        build('resnet10t', frozen_stages=frozen_stages)


@pytest.mark.parametrize('name', ['resnet10t', 'vit_tiny_patch16_224', 'eva02_tiny_patch14_224'])
def test_checkpointing_changes_memory_but_no_gradient(name):
    kwargs, size, _ = NETWORKS[name]
    plain, checkpointed = build(name, **kwargs), build(name, grad_checkpointing=True, **kwargs)
    saved = [0, 0]
    for i, backbone in enumerate((plain, checkpointed)):

        def count(tensor, i=i):
            saved[i] += tensor.numel()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(count, lambda tensor: tensor):
            loss = backbone.train()(image(size))[0].square().mean()
        loss.backward()
    assert saved[1] < saved[0]
    for one, other in zip(plain.parameters(), checkpointed.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad)


def learning_rates(model):
    """Learning rate of each parameter by mmpretrain's layer decay with rate 0.5."""
    constructor = OPTIM_WRAPPER_CONSTRUCTORS.build(
        dict(
            type='LearningRateDecayOptimWrapperConstructor',
            optim_wrapper_cfg=dict(optimizer=dict(type='AdamW', lr=1.0, weight_decay=0.0)),
            paramwise_cfg=dict(layer_decay_rate=0.5),
        )
    )
    return {group['param_name']: group['lr'] for group in constructor(model).optimizer.param_groups}


def test_layer_decay_halves_the_rate_with_every_block_towards_the_stem():
    model = MODELS.build(
        dict(
            type='ReIDClassifier',
            backbone=dict(type='TimmFeatures', model_name='vit_tiny_patch16_224', img_size=32),
            neck=[dict(type='GeM'), dict(type='BNNeck')],
            head=dict(type='ReIDHead', num_classes=3, losses=[dict(type='ArcFace')]),
        )
    )
    rates = learning_rates(model)
    assert rates['head.losses.arcface.weight'] == rates['neck.0.p'] == rates['neck.1.layers.0.weight'] == 1
    assert rates['backbone.timm_model.norm.weight'] == 0.5
    for block in range(12):
        assert rates[f'backbone.timm_model.blocks.{block}.attn.qkv.weight'] == 0.5 ** (12 - block)
    stem = ('cls_token', 'pos_embed', 'patch_embed.proj.weight')
    assert {rates[f'backbone.timm_model.{name}'] for name in stem} == {0.5**13}


def test_depths_of_a_convolutional_network():
    backbone = build('resnet10t')
    depths = {
        name: backbone.get_layer_depth(f'backbone.{name}', 'backbone.') for name, _ in backbone.named_parameters()
    }
    assert depths['timm_model.conv1.0.weight'] == (0, 6)
    assert [depths[f'timm_model.layer{i}.0.conv1.weight'] for i in (1, 2, 3, 4)] == [(i, 6) for i in (1, 2, 3, 4)]
    assert backbone.get_layer_depth('head.weight', 'backbone.') == (5, 6)
