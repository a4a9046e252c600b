"""Each loss against its formula, written with plain loops from the paper."""

import math

import pytest
import torch
import torch.nn.functional as F

from jaguar_mm.registry import LOSSES

CLASSES, WIDTH = 3, 6
LABELS = [0, 1, 0, 2, 1, 0, 1]
DTYPES = {torch.float64: 1e-9, torch.float32: 1e-5}


def embeddings(dtype, count=7, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return F.normalize(torch.randn(count, WIDTH, generator=generator, dtype=torch.float64)).to(dtype)


def built(kind, **options):
    torch.manual_seed(0)
    sizes = dict(num_classes=CLASSES, in_channels=WIDTH) if 'Face' in kind else {}
    return LOSSES.build(dict(type=kind, **sizes, **options))


def cross_entropy(logits, label):
    return math.log(sum(math.exp(value) for value in logits)) - logits[label]


def by_class(loss, embedding, own, centres=1):
    """Softmax over the classes' nearest centres, ``own`` changing the cosine with the image's class."""
    weight = F.normalize(loss.weight.detach().double()).unflatten(0, (CLASSES, centres))
    total = 0.0
    for vector, label in zip(embedding.double(), LABELS, strict=True):
        cosines = [max(float(vector @ centre) for centre in weight[k]) for k in range(CLASSES)]
        logits = [loss.scale * (own(value) if k == label else value) for k, value in enumerate(cosines)]
        total += cross_entropy(logits, label)
    return total / len(LABELS)


@pytest.mark.parametrize('dtype', DTYPES)
@pytest.mark.parametrize(
    ('options', 'own', 'centres'),
    [
        (dict(kind='NormFace', scale=7.0), lambda cosine: cosine, 1),
        (dict(kind='CosFace', scale=9.0, margin=0.2), lambda cosine: cosine - 0.2, 1),
        (dict(kind='ArcFace', scale=11.0, margin=0.4), lambda cosine: math.cos(math.acos(cosine) + 0.4), 1),
        (dict(kind='SubCentreArcFace', margin=0.1, centres=4), lambda cosine: math.cos(math.acos(cosine) + 0.1), 4),
    ],
    ids=lambda value: value['kind'] if isinstance(value, dict) else '',
)
def test_class_losses_are_their_formulas(options, own, centres, dtype):
    loss = built(**options)
    embedding = embeddings(dtype)
    found = loss(embedding, torch.tensor(LABELS))
    assert found.dtype == dtype
    assert found.item() == pytest.approx(by_class(loss, embedding, own, centres), rel=DTYPES[dtype])


@pytest.mark.parametrize('kind', ['NormFace', 'CosFace', 'ArcFace', 'SubCentreArcFace'])
def test_class_losses_take_mixed_labels_as_mixed_losses(kind):
    loss, embedding = built(kind, label_smoothing=0.1), embeddings(torch.float64)
    one, other = torch.tensor(LABELS), torch.tensor(LABELS[::-1])
    shares = 0.3 * F.one_hot(one, CLASSES) + 0.7 * F.one_hot(other, CLASSES)
    torch.testing.assert_close(loss(embedding, shares), 0.3 * loss(embedding, one) + 0.7 * loss(embedding, other))


def triplet(embedding, labels, hinge):
    losses = []
    for i, vector in enumerate(embedding.double()):
        distances = [float((vector - other).norm()) for other in embedding.double()]
        own = [d for j, d in enumerate(distances) if labels[j] == labels[i] and j != i]
        others = [d for j, d in enumerate(distances) if labels[j] != labels[i]]
        if own and others:
            losses.append(hinge(max(own) - min(others)))
    return sum(losses) / len(losses)


@pytest.mark.parametrize('dtype', DTYPES)
@pytest.mark.parametrize(
    ('margin', 'hinge'),
    [(0.3, lambda gap: max(0, gap + 0.3)), (None, lambda gap: math.log(1 + math.exp(gap)))],
    ids=['hinge', 'soft'],
)
def test_the_triplet_loss_is_its_formula(margin, hinge, dtype):
    embedding = embeddings(dtype)
    found = built('Triplet', margin=margin)(embedding, torch.tensor(LABELS))
    assert found.dtype == dtype
    assert found.item() == pytest.approx(triplet(embedding, LABELS, hinge), rel=DTYPES[dtype])


@pytest.mark.parametrize('dtype', DTYPES)
def test_supcon_is_its_formula(dtype):
    embedding, losses = embeddings(dtype), []
    for i, vector in enumerate(embedding.double()):
        logits = {j: float(vector @ other) / 0.2 for j, other in enumerate(embedding.double()) if j != i}
        total = sum(math.exp(value) for value in logits.values())
        own = [math.log(total) - value for j, value in logits.items() if LABELS[j] == LABELS[i]]
        losses += [sum(own) / len(own)] if own else []
    found = built('SupCon', temperature=0.2)(embedding, torch.tensor(LABELS))
    assert found.dtype == dtype
    assert found.item() == pytest.approx(sum(losses) / len(losses), rel=DTYPES[dtype])


@pytest.mark.parametrize('kind', ['Triplet', 'SupCon'])
@pytest.mark.parametrize('labels', [[0], [0, 1, 2], [1, 1]], ids=['alone', 'no positives', 'no negatives'])
def test_a_batch_without_pairs_gives_no_loss_and_no_broken_gradient(kind, labels):
    embedding = embeddings(torch.float32, len(labels)).requires_grad_()
    loss = built(kind)(embedding, torch.tensor(labels))
    loss.backward()
    assert loss.item() == pytest.approx(0, abs=1e-6)
    assert embedding.grad.isfinite().all()


@pytest.mark.parametrize('kind', ['NormFace', 'CosFace', 'ArcFace', 'SubCentreArcFace', 'Triplet', 'SupCon'])
def test_gradients_are_the_numerical_ones(kind):
    loss, labels = built(kind).double(), torch.tensor(LABELS)
    assert torch.autograd.gradcheck(lambda e: loss(e, labels), embeddings(torch.float64).requires_grad_())


@pytest.mark.parametrize('kind', ['Triplet', 'SupCon'])
def test_two_equal_images_have_finite_gradients(kind):
    embedding = embeddings(torch.float32)[[0, 0, 1, 1]].requires_grad_()
    built(kind)(embedding, torch.tensor([0, 0, 1, 0])).backward()
    assert embedding.grad.isfinite().all()
