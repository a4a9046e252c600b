"""CurricularFace against its formula: hard classes count by t, which follows the cosines of the batches."""

import math

import pytest
import torch

from jaguar_mm.registry import LOSSES
from tests.models.losses.formula import CLASSES, LABELS, WIDTH, assert_is_formula, embeddings, mixed

SCALE, MARGIN = 6.0, 0.4


def built(t=0.0):
    torch.manual_seed(0)
    sizes = dict(num_classes=CLASSES, in_channels=WIDTH)
    loss = LOSSES.build(dict(type='CurricularFace', scale=SCALE, margin=MARGIN, momentum=0.1, **sizes))
    loss.t.fill_(t)
    return loss.eval()


def cosines(vector, weights):
    return [vector @ (centre / centre.norm()) for centre in weights['weight']]


def one_image(vector, label, weights, t):
    """Huang et al., section 3.2; returns how many classes were hard as well."""
    values = cosines(vector, weights)
    own = torch.cos(torch.acos(values[label]) + MARGIN)
    hard = [value > own for value in values]
    terms = [value * (t + value) if hard[k] else value for k, value in enumerate(values)]
    terms[label] = own
    total = sum((SCALE * term).exp() for term in terms)
    return total.log() - SCALE * own, sum(hard) - int(hard[label])


@pytest.mark.parametrize('t', [0.0, 0.25, -0.25])
def test_it_is_its_formula(t):
    def formula(embedding, weights):
        found = [one_image(vector, label, weights, t) for vector, label in zip(embedding, LABELS, strict=True)]
        assert 0 < sum(hard for _, hard in found) < len(LABELS) * (CLASSES - 1)  # some are hard, not all
        return sum(loss for loss, _ in found) / len(found)

    assert_is_formula(built(t), formula, embeddings(), LABELS)


def test_mixed_labels_are_mixed_losses():
    loss, embedding = built(0.3), embeddings()
    apart = 0.3 * loss(embedding, LABELS) + 0.7 * loss(embedding, LABELS.flip(0))
    torch.testing.assert_close(loss(embedding, mixed()), apart)


def test_t_follows_the_mean_cosine_with_the_own_class_in_training_alone():
    loss, embedding, t = built(), embeddings().float(), 0.0
    weights = {'weight': loss.weight.detach()}
    loss(embedding, LABELS)
    assert float(loss.t) == 0
    for _ in range(3):
        loss.train()(embedding, LABELS)
        mean = sum(cosines(vector, weights)[label] for vector, label in zip(embedding, LABELS, strict=True)) / 7
        t = 0.9 * t + 0.1 * float(mean)
        assert float(loss.t) == pytest.approx(t, rel=1e-5)


def test_t_follows_mixed_labels_by_their_shares():
    loss, embedding = built().train(), embeddings()
    loss(embedding, mixed())
    weight = loss.weight.detach()
    values = embedding @ (weight / weight.norm(dim=1, keepdim=True)).double().T
    assert float(loss.t) == pytest.approx(0.1 * float((mixed() * values).sum()) / 7, rel=1e-5)


def test_a_batch_is_measured_with_the_t_that_it_has_moved():
    loss, embedding = built(0.5).train(), embeddings()
    found = loss(embedding, LABELS)
    torch.testing.assert_close(found, built(float(loss.t))(embedding, LABELS))
    assert float(loss.t) != 0.5


def test_checkpoints_hold_t():
    assert float(built(0.25).state_dict()['t']) == 0.25
    assert not math.isclose(float(built().t), 0.25)
