"""The plain linear classifier: the length of an embedding counts."""

import pytest
import torch
import torch.nn.functional as F
from mmpretrain.structures import DataSample

from jaguar_mm.registry import LOSSES, MODELS
from tests.models.losses.formula import CLASSES, LABELS, WIDTH, assert_is_formula, embeddings, mixed


def built(**options):
    torch.manual_seed(0)
    loss = LOSSES.build(dict(type='Softmax', num_classes=CLASSES, in_channels=WIDTH, **options))
    torch.nn.init.normal_(loss.bias)
    return loss


def linear_scores(vector, weights):
    return [vector @ weights['weight'][label] + weights['bias'][label] for label in range(CLASSES)]


def one_image(vector, label, weights):
    scores = linear_scores(vector, weights)
    return sum(score.exp() for score in scores).log() - scores[label]


def formula(embedding, weights):
    losses = [one_image(vector, label, weights) for vector, label in zip(embedding, LABELS, strict=True)]
    return sum(losses) / len(losses)


@pytest.mark.parametrize('length', [1.0, 3.0])
def test_it_is_its_formula(length):
    assert_is_formula(built(), formula, embeddings(length=length), LABELS)


def test_mixed_labels_have_their_shares_of_the_losses():
    shares = mixed()

    def mix(embedding, weights):
        total = sum(
            shares[i, label] * one_image(vector, label, weights)
            for i, vector in enumerate(embedding)
            for label in range(CLASSES)
        )
        return total / len(embedding)

    assert_is_formula(built(), mix, embeddings(length=2.0), shares)


def head(num_classes=CLASSES):
    torch.manual_seed(0)
    return MODELS.build(
        dict(type='ReIDHead', num_classes=num_classes, in_channels=WIDTH, losses=[dict(type='Softmax')])
    )


@pytest.mark.parametrize('dtype', [torch.float64, torch.float32, torch.bfloat16])
def test_the_head_gives_it_the_embedding_as_it_is(dtype):
    whole, embedding = head(), embeddings(length=4.0).to(dtype)
    samples = [DataSample().set_gt_label(label) for label in LABELS.tolist()]
    weight, bias = whole.losses.softmax.weight, whole.losses.softmax.bias
    with torch.autocast('cpu', dtype=torch.bfloat16):
        found, scores = whole.loss((embedding,), samples)['loss_softmax'], whole((embedding,))
    expected = F.linear(embedding.double(), weight.double(), bias.double())
    assert found.dtype == scores.dtype == torch.promote_types(dtype, torch.float32)
    torch.testing.assert_close(scores.double(), expected, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(found.double(), F.cross_entropy(expected, LABELS), rtol=1e-5, atol=1e-5)


def test_weights_that_are_loaded_bring_their_classes():
    trained, blank = head(), head(num_classes=None)
    torch.nn.init.normal_(trained.losses.softmax.bias)
    assert blank((embeddings().float(),)) is not None
    blank.load_state_dict(trained.state_dict())
    torch.testing.assert_close(blank((embeddings().float(),)), trained((embeddings().float(),)))
