"""ArcFace whose margin goes by the images of a class."""

import pytest
import torch

from jaguar_mm.registry import LOSSES
from tests.models.losses.formula import CLASSES, LABELS, WIDTH, assert_is_formula, embeddings, mixed

COUNTS = [16, 1, 81]
SCALE = 7.0


def built(counts=COUNTS):
    torch.manual_seed(0)
    sizes = dict(num_classes=CLASSES, in_channels=WIDTH)
    loss = LOSSES.build(dict(type='CountMarginArcFace', scale=SCALE, a=0.3, b=0.1, **sizes))
    loss.class_counts.images = torch.tensor(counts) if counts else None
    return loss


def test_it_is_its_formula():
    margins = [0.3 / 2 + 0.1, 0.3 + 0.1, 0.3 / 3 + 0.1]

    def formula(embedding, weights):
        losses = []
        for vector, label in zip(embedding, LABELS.tolist(), strict=True):
            scores = [SCALE * (vector @ (centre / centre.norm())) for centre in weights['weight']]
            scores[label] = SCALE * torch.cos(torch.acos(scores[label] / SCALE) + margins[label])
            losses.append(sum(score.exp() for score in scores).log() - scores[label])
        return sum(losses) / len(losses)

    assert_is_formula(built(), formula, embeddings(), LABELS)


def test_equal_counts_are_arcface():
    loss, sizes = built([16, 16, 16]), dict(num_classes=CLASSES, in_channels=WIDTH)
    arcface = LOSSES.build(dict(type='ArcFace', scale=SCALE, margin=0.25, **sizes))
    arcface.load_state_dict(loss.state_dict())
    torch.testing.assert_close(loss(embeddings(), LABELS), arcface(embeddings(), LABELS))


def test_mixed_labels_are_mixed_losses_each_with_its_margin():
    loss, embedding = built(), embeddings()
    apart = 0.3 * loss(embedding, LABELS) + 0.7 * loss(embedding, LABELS.flip(0))
    torch.testing.assert_close(loss(embedding, mixed()), apart)


def test_a_class_without_images_has_a_margin_as_of_one():
    torch.testing.assert_close(
        built([16, 0, 81])(embeddings(), LABELS), built([16, 1, 81])(embeddings(), LABELS), rtol=0, atol=0
    )


def test_counts_are_no_weights_and_asked_for():
    assert list(built().state_dict()) == ['weight']
    with pytest.raises(ValueError, match='images of each class, which is not known'):
        built(None)(embeddings(), LABELS)
