import copy

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.registry import DefaultScope
from mmpretrain.structures import DataSample

from jaguar_mm.models.losses import margin_cross_entropy
from jaguar_mm.registry import MODELS

CLASSES = 4
MIXUP = dict(augments=[dict(type='Mixup', alpha=0.2)])
CNN = dict(
    backbone=dict(type='TimmFeatures', model_name='resnet10t'),
    neck=[dict(type='GlobalAveragePooling'), dict(type='BNNeck', out_channels=32)],
    head=dict(type='ReIDHead', num_classes=CLASSES, losses=[dict(type='ArcFace')]),
)
VIT = dict(
    backbone=dict(type='TimmFeatures', model_name='vit_tiny_patch16_224', img_size=64, depth=2),
    neck=[dict(type='GeM'), dict(type='BNNeck')],
    head=dict(type='ReIDHead', num_classes=CLASSES, losses=[dict(type='ArcFace', label_smoothing=0.1)]),
)


def build(config, **kwargs):
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('jaguar_mm'):
        return MODELS.build(dict(type='ReIDClassifier', **copy.deepcopy(config), **kwargs))


def batch(labels=(0, 3, 1)):
    generator = torch.Generator().manual_seed(0)
    images = [torch.randint(0, 256, (3, 64, 64), dtype=torch.uint8, generator=generator) for _ in labels]
    samples = [DataSample() if label is None else DataSample().set_gt_label(label) for label in labels]
    return dict(inputs=images, data_samples=samples)


def predict(model, labels=(0, 3, 1)):
    data = model.data_preprocessor(batch(labels))
    with torch.no_grad():
        return model.eval()(**data, mode='predict')


@pytest.mark.parametrize('config', [CNN, VIT], ids=['cnn', 'vit'])
@pytest.mark.parametrize('train_cfg', [None, MIXUP], ids=['plain', 'mixup'])
def test_a_training_step_reaches_every_trained_parameter(config, train_cfg):
    np.random.seed(0)
    model = build(config, train_cfg=train_cfg).train()
    data = model.data_preprocessor(batch(), training=True)
    loss = model(**data, mode='loss')['loss_arcface']
    loss.backward()
    assert not [name for name, p in model.named_parameters() if p.requires_grad and p.grad is None]
    assert all(torch.isfinite(p.grad).all() for p in model.parameters() if p.grad is not None)


def test_the_loss_under_mixup_is_that_of_the_shares():
    np.random.seed(0)
    model = build(CNN, train_cfg=MIXUP).train()
    data = model.data_preprocessor(batch(), training=True)
    shares = torch.stack([sample.gt_score for sample in data['data_samples']])
    assert (shares > 0).sum() > len(shares)  # something was mixed
    embeddings = copy.deepcopy(model).extract_feat(data['inputs'])[-1]
    arcface = model.head.losses.arcface
    cosine = F.cosine_similarity(embeddings[:, None], arcface.weight[None], dim=-1)
    expected = margin_cross_entropy(cosine, shares, arcface.logits)
    torch.testing.assert_close(model(**data, mode='loss')['loss_arcface'], expected)


@pytest.mark.parametrize('config', [CNN, VIT], ids=['cnn', 'vit'])
def test_predictions_carry_the_normalised_neck_output_and_class_scores(config):
    model = build(config)
    samples = predict(model)
    inputs = model.data_preprocessor(batch())['inputs']
    features = model.extract_feat(inputs)[-1]
    for sample, feature, alone in zip(samples, features, model.embed(inputs), strict=True):
        torch.testing.assert_close(sample.embedding, feature / feature.norm())
        torch.testing.assert_close(sample.embedding, alone)
        assert float(sample.pred_score.sum()) == pytest.approx(1)
        assert int(sample.pred_label) == int(sample.pred_score.argmax())
        assert 'tta_embedding' not in sample


@pytest.mark.parametrize('tta', [None, dict(type='EmbeddingTTA', flip=True)], ids=['plain', 'tta'])
def test_embeddings_are_float32_of_length_one_under_autocast(tta):
    model = build(CNN, tta=tta)
    exact = torch.stack([sample.embedding for sample in predict(model)])
    with torch.autocast('cpu', dtype=torch.bfloat16):
        samples = predict(model)
    for name in ('embedding', 'tta_embedding') if tta else ('embedding',):
        embeddings = torch.stack([sample.get(name) for sample in samples])
        assert embeddings.dtype == torch.float32
        torch.testing.assert_close(embeddings.norm(dim=1), torch.ones(3))
    assert (torch.stack([sample.embedding for sample in samples]) * exact).sum(1).min() > 0.98


def test_the_augmented_embedding_stands_beside_the_plain_one():
    model = build(CNN, tta=dict(type='EmbeddingTTA', flip=True))
    samples = predict(model)
    mirrored = model.embed(model.data_preprocessor(batch())['inputs'].flip(-1))
    for sample, other in zip(samples, mirrored, strict=True):
        both = sample.embedding + other
        torch.testing.assert_close(sample.tta_embedding, both / both.norm())


def test_rescaled_views_need_a_network_that_takes_them():
    tta = dict(type='EmbeddingTTA', flip=False, scales=(1.0, 0.5), divisor=16)
    with pytest.raises(ValueError, match=r'model\.backbone\.dynamic_img_size=True'):
        predict(build(VIT, tta=tta))
    dynamic = VIT | dict(backbone=VIT['backbone'] | dict(dynamic_img_size=True))
    for config in (dynamic, CNN):
        assert all('tta_embedding' in sample for sample in predict(build(config, tta=tta)))


def test_unknown_individuals_are_embedded_too():
    samples = predict(build(CNN, train_cfg=MIXUP), labels=(0, CLASSES + 5, None))
    assert all(sample.embedding.shape == (32,) for sample in samples)


def test_the_input_is_normalised_as_the_weights_expect_unless_the_config_says_otherwise():
    assert build(CNN).data_preprocessor.mean.flatten().tolist() == pytest.approx([123.675, 116.28, 103.53])
    assert build(CNN).data_preprocessor.std.flatten().tolist() == pytest.approx([58.395, 57.12, 57.375])
    given = build(CNN, data_preprocessor=dict(mean=[0.0] * 3, std=[255.0] * 3)).data_preprocessor
    assert given.mean.flatten().tolist() == [0] * 3


def test_a_checkpoint_holds_all_there_is(tmp_path):
    model = build(CNN, tta=dict(type='EmbeddingTTA'))
    model.train()(**model.data_preprocessor(batch(), training=True), mode='loss')  # moves the running statistics
    torch.save(model.state_dict(), tmp_path / 'model.pth')
    other = build(CNN | dict(head=CNN['head'] | dict(losses=[dict(type='ArcFace', margin=0.1)])))
    other.load_state_dict(torch.load(tmp_path / 'model.pth', weights_only=True))
    for one, two in zip(predict(model), predict(other), strict=True):
        torch.testing.assert_close(one.embedding, two.embedding)


@pytest.mark.parametrize(
    ('neck', 'width'),
    [
        ([dict(type='GeM')], 512),
        ([dict(type='GeM'), dict(type='BNNeck')], 512),
        ([dict(type='GeM'), dict(type='BNNeck', out_channels=64), dict(type='BNNeck')], 64),
        ([dict(type='GeM'), dict(type='mmpretrain.LinearNeck', out_channels=24)], 24),
    ],
)
def test_the_model_knows_its_widths(neck, width):
    model = build(CNN | dict(neck=neck))
    assert model.embedding_width == width
    assert predict(model)[0].embedding.shape == (width,)
    assert model.head.losses.arcface.weight.shape == (CLASSES, width)


def test_a_single_neck_is_no_list():
    assert 'neck.layers.0.weight' in build(CNN | dict(neck=dict(type='BNNeck'))).state_dict()


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (
            dict(neck=[dict(type='GeM'), dict(type='BNNeck', in_channels=7)]),
            r'model\.neck\.1\.in_channels is 7, but 512',
        ),
        (dict(head=CNN['head'] | dict(in_channels=8)), r'model\.head\.in_channels is 8, but 32 channels come into it'),
        (dict(backbone=dict(type='mmpretrain.ResNet', depth=18)), r'model\.neck\.1\.in_channels: the part before does'),
    ],
)
def test_widths_that_do_not_fit_or_are_not_known_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        build(CNN | change)


def test_a_model_without_a_number_of_classes_embeds_and_does_not_train():
    model = build(CNN | dict(head=dict(type='ReIDHead', losses=[dict(type='ArcFace')])))
    assert predict(model)[0].embedding.shape == (32,)
    with pytest.raises(ValueError, match=r'model\.head\.num_classes is not known'):
        model.data_preprocessor(batch(), training=True)


def test_what_looks_at_a_whole_batch_says_so():
    pairs = CNN['head'] | dict(losses=[dict(type='ArcFace'), dict(type='Triplet')])
    assert build(CNN).needs_whole_batches() == []
    assert build(CNN, train_cfg=MIXUP).needs_whole_batches() == ['Mixup mixes']
    assert build(CNN | dict(head=pairs)).needs_whole_batches() == ["the loss 'triplet' compares"]
    with pytest.raises(ValueError, match=r'losses\.triplet compares images .* mixup and CutMix'):
        build(CNN | dict(head=pairs), train_cfg=MIXUP)
