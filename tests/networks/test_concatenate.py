import pytest
import torch
from mmengine.registry import init_default_scope

from jaguar_mm.networks import gem
from jaguar_mm.registry import MODELS


def vectors(*widths, dtype=torch.float32):
    random = torch.Generator().manual_seed(0)
    return tuple(torch.randn(2, width, generator=random).to(dtype) for width in widths)


@pytest.mark.parametrize('dtype', [torch.float64, torch.float32, torch.bfloat16])
def test_vectors_are_joined_in_order(dtype):
    one, other = vectors(3, 5, dtype=dtype)
    (found,) = MODELS.build(dict(type='Concatenate'))((one, other))
    assert found.tolist() == [a.tolist() + b.tolist() for a, b in zip(one, other, strict=True)]
    assert found.dtype == dtype


def test_every_part_gets_its_own_gradient():
    one, other = (vector.requires_grad_() for vector in vectors(3, 5))
    factors = torch.arange(8.0)
    (MODELS.build(dict(type='Concatenate'))((one, other))[0] * factors).sum().backward()
    assert torch.equal(one.grad, factors[:3].expand(2, 3))
    assert torch.equal(other.grad, factors[3:].expand(2, 5))


def test_maps_that_are_not_pooled_are_named():
    with pytest.raises(ValueError, match=r'\(2, 3, 1, 1\)\]: put it after the pooling in model\.neck'):
        MODELS.build(dict(type='Concatenate'))((vectors(5)[0], torch.zeros(2, 3, 1, 1)))


def classifier(*necks, **backbone):
    torch.manual_seed(0)
    init_default_scope('jaguar_mm')
    return MODELS.build(
        dict(
            type='ReIDClassifier',
            backbone=dict(type='TimmFeatures', **backbone),
            neck=list(necks),
            head=dict(type='ReIDHead', num_classes=3, losses=[dict(type='ArcFace')]),
        )
    ).eval()


@pytest.mark.parametrize(
    ('pool', 'backbone', 'width'),
    [
        (dict(type='GeM'), dict(model_name='resnet10t', last_maps=2), 256 + 512),
        (
            dict(type='TimmPooling', pool_type='catavgmax'),
            dict(model_name='resnet10t', last_maps=3),
            2 * (128 + 256 + 512),
        ),
        (dict(type='GeM'), dict(model_name='deit_tiny_patch16_224', img_size=32, depth=2, class_token=True), 2 * 192),
    ],
    ids=['stages', 'twice', 'token'],
)
def test_the_model_knows_the_width_of_what_is_joined(pool, backbone, width):
    model = classifier(pool, dict(type='Concatenate'), dict(type='BNNeck'), **backbone)
    assert model.embedding_width == width
    assert model.head.losses.arcface.weight.shape == (3, width)
    assert model.embed(torch.zeros(2, 3, 32, 32)).shape == (2, width)


def test_the_class_token_comes_before_the_pooled_patches_as_it_is():
    backbone = dict(model_name='deit_tiny_patch16_224', img_size=32, depth=2, class_token=True)
    model = classifier(dict(type='GeM'), dict(type='Concatenate'), **backbone)
    images = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        tokens = model.backbone.timm_model.forward_features(images)
        found = model.extract_feat(images)[-1]
    torch.testing.assert_close(found, torch.cat([tokens[:, 0], gem(tokens[:, 1:], 3.0)], 1))
