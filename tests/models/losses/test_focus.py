"""What makes some images count more: each weight against its formula."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmpretrain.structures import DataSample
from sklearn.utils.class_weight import compute_class_weight

from jaguar_mm.models.losses import ClassCounts
from jaguar_mm.registry import LOSSES, MODELS
from tests.models.losses.formula import CLASSES, LABELS, WIDTH, assert_is_formula, embeddings, mixed

SCALE = 5.0
COUNTS = torch.tensor([9, 1, 3])
FOCUSES = (dict(type='Focal'), dict(type='Hardest'), dict(type='ClassBalance'))


def built(focus, kind='NormFace', **options):
    torch.manual_seed(0)
    sizes = dict(num_classes=CLASSES, in_channels=WIDTH, scale=SCALE)
    loss = LOSSES.build(dict(type=kind, focus=focus, **sizes, **options))
    for module in loss.modules():
        if isinstance(module, ClassCounts):
            module.images = COUNTS
    return loss


def cross_entropies(embedding, weights):
    """Return the loss of every image with every class (B, C)."""
    centres = [centre / centre.norm() for centre in weights['weight']]
    scores = torch.stack([torch.stack([SCALE * (vector @ centre) for centre in centres]) for vector in embedding])
    return scores.exp().sum(1, keepdim=True).log() - scores


def of_labels(losses):
    return [losses[i, label] for i, label in enumerate(LABELS)]


@pytest.mark.parametrize('gamma', [0.5, 1.0, 2.0])
def test_focal_counts_easy_images_less(gamma):
    def formula(embedding, weights):
        losses = of_labels(cross_entropies(embedding, weights))
        return sum((1 - (-loss).exp()) ** gamma * loss for loss in losses) / len(losses)

    assert_is_formula(built(dict(type='Focal', gamma=gamma)), formula, embeddings(), LABELS)


@pytest.mark.parametrize('gamma', [0.5, 2.0])
def test_a_certain_image_has_no_broken_gradient(gamma):
    loss = built(dict(type='Focal', gamma=gamma))
    loss.scale = 1000.0
    centre = F.normalize(loss.weight.detach())[:1].requires_grad_()
    value = loss(centre, torch.tensor([0]))
    value.backward()
    assert value.item() == 0
    assert centre.grad.isfinite().all()


def test_hardest_averages_the_largest_losses_alone():
    def formula(embedding, weights):
        losses = sorted(of_labels(cross_entropies(embedding, weights)), key=lambda loss: loss.item())
        return sum(losses[-3:]) / 3

    assert_is_formula(built(dict(type='Hardest', share=3 / 7)), formula, embeddings(), LABELS)


@pytest.mark.parametrize(('share', 'counted'), [(1e-6, 1), (0.5, 4), (1.0, 7)])
def test_the_share_of_images_that_count(share, counted):
    embedding = embeddings().requires_grad_()
    built(dict(type='Hardest', share=share))(embedding, LABELS).backward()
    assert int((embedding.grad.abs().sum(1) > 0).sum()) == counted


@pytest.mark.parametrize('share', [0.0, 1.5])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(ValueError, match=r'Hardest\.share must be above 0'):
        built(dict(type='Hardest', share=share))


def test_class_balance_is_scikit_learns_and_torchs():
    images = torch.repeat_interleave(torch.arange(CLASSES), COUNTS).numpy()
    balanced = torch.tensor(compute_class_weight('balanced', classes=np.arange(CLASSES), y=images))
    loss, embedding = built(dict(type='ClassBalance')), embeddings()
    scores = loss.scores(embedding)
    expected = F.cross_entropy(scores, LABELS, weight=balanced, reduction='sum') / len(LABELS)
    torch.testing.assert_close(loss(embedding, LABELS), expected)
    shares = mixed()
    torch.testing.assert_close(loss(embedding, shares), F.cross_entropy(scores, shares, weight=balanced))


def test_the_power_of_class_balance():
    counts = COUNTS.tolist()
    unscaled = [count**-0.5 for count in counts]
    factor = sum(counts) / sum(weight * count for weight, count in zip(unscaled, counts, strict=True))

    def formula(embedding, weights):
        losses = of_labels(cross_entropies(embedding, weights))
        weighted = [factor * unscaled[label] * loss for label, loss in zip(LABELS, losses, strict=True)]
        return sum(weighted) / len(weighted)

    assert_is_formula(built(dict(type='ClassBalance', power=0.5)), formula, embeddings(), LABELS)


def test_without_counts_it_says_who_tells_them():
    loss = LOSSES.build(dict(type='ArcFace', focus=dict(type='ClassBalance'), num_classes=3, in_channels=WIDTH))
    with pytest.raises(ValueError, match=r"add dict\(type='ClassCountsHook'\)"):
        loss(embeddings(), LABELS)


@pytest.mark.parametrize('focus', [dict(type='Focal'), dict(type='ClassBalance')])
def test_mixed_labels_are_mixed_losses_with_margin_and_smoothing(focus):
    loss, embedding = built(focus, 'ArcFace', label_smoothing=0.1, margin=0.4), embeddings()
    apart = 0.3 * loss(embedding, LABELS) + 0.7 * loss(embedding, LABELS.flip(0))
    torch.testing.assert_close(loss(embedding, mixed()), apart)


@pytest.mark.parametrize('focus', FOCUSES)
@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float32])
def test_in_the_head_it_is_float32(focus, dtype):
    config = dict(type='ArcFace', focus=focus)
    head = MODELS.build(dict(type='ReIDHead', num_classes=CLASSES, in_channels=WIDTH, losses=[config]))
    for module in head.modules():
        if isinstance(module, ClassCounts):
            module.images = COUNTS
    samples = [DataSample().set_gt_label(label) for label in LABELS.tolist()]
    embedding = embeddings().to(dtype)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        found = head.loss((embedding,), samples)
    assert found['loss_arcface'].dtype == torch.float32
    torch.testing.assert_close(found, head.loss((embedding.float(),), samples))


def classifier(**options):
    return MODELS.build(
        dict(
            type='ReIDClassifier',
            backbone=dict(type='TimmFeatures', model_name='resnet10t'),
            neck=dict(type='GlobalAveragePooling'),
            head=dict(type='ReIDHead', num_classes=3, losses=[dict(type='ArcFace', focus=dict(type='Hardest'))]),
            **options,
        )
    )


def test_the_hardest_images_need_whole_batches_of_images_that_are_not_mixed():
    assert classifier().needs_whole_batches() == ["the loss 'arcface' compares"]
    with pytest.raises(ValueError, match=r'losses\.arcface compares images .* no mixed labels'):
        classifier(train_cfg=dict(augments=[dict(type='Mixup', alpha=0.2)]))


def test_the_hardest_images_need_no_pairs():
    assert classifier().head.pair_losses == []
