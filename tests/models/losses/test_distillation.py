"""Losses that learn from a teacher: formulas in plain loops, no cost where all is equal, and what does not fit."""

import math

import pytest
import torch
import torch.nn.functional as F
from mmpretrain.structures import DataSample

from jaguar_mm.registry import LOSSES, MODELS
from tests.models.losses.formula import WIDTH, assert_is_formula, embeddings

TEACHER = embeddings(seed=9)
WIDER = F.normalize(torch.randn(7, WIDTH + 3, generator=torch.Generator().manual_seed(5), dtype=torch.float64))


def half_squared_distance(own, theirs):
    total = 0.0
    for vector, wanted in zip(own, theirs, strict=True):
        total = total + sum((a - b) ** 2 for a, b in zip(vector, wanted, strict=True)) / 2
    return total / len(own)


def difference_of_matrices(own, theirs):
    """Equation 4 of Tung and Mori with rows as in equation 3."""
    total, count = 0.0, len(own)
    for i in range(count):
        rows = []
        for vectors in (own, theirs):
            row = [(vectors[i] * vectors[j]).sum() for j in range(count)]
            length = sum(value**2 for value in row) ** 0.5
            rows.append([value / length for value in row])
        total = total + sum((a - b) ** 2 for a, b in zip(*rows, strict=True))
    return total / count**2


@pytest.mark.parametrize(
    ('kind', 'formula', 'teacher'),
    [
        ('Imitation', half_squared_distance, TEACHER),
        ('SimilarityPreserving', difference_of_matrices, TEACHER),
        ('SimilarityPreserving', difference_of_matrices, WIDER),
    ],
)
def test_they_are_their_formulas(kind, formula, teacher):
    assert_is_formula(LOSSES.build(dict(type=kind)), lambda own, _: formula(own, teacher), embeddings(), teacher)


@pytest.mark.parametrize('kind', ['Imitation', 'SimilarityPreserving'])
def test_a_student_like_its_teacher_is_left_alone(kind):
    own = embeddings().requires_grad_()
    loss = LOSSES.build(dict(type=kind))(own, embeddings())
    loss.backward()
    assert loss.item() == pytest.approx(0, abs=1e-12)
    assert float(own.grad.abs().max()) < 1e-9


def test_similarities_do_not_see_a_rotation_and_embeddings_do():
    turn, _ = torch.linalg.qr(embeddings(WIDTH, seed=3))
    similarities, imitation = (LOSSES.build(dict(type=kind)) for kind in ('SimilarityPreserving', 'Imitation'))
    assert float(similarities(embeddings(), embeddings() @ turn)) == pytest.approx(0, abs=1e-12)
    assert float(imitation(embeddings(), embeddings() @ turn)) > 0.1


def test_another_width_is_named():
    with pytest.raises(ValueError, match=r'the model.s are 6 wide, the teacher.s 9.*out_channels'):
        LOSSES.build(dict(type='Imitation'))(embeddings(), WIDER)


def head(**losses):
    return MODELS.build(dict(type='ReIDHead', num_classes=3, in_channels=WIDTH, losses=losses))


def samples(teacher):
    made = []
    for row in teacher:
        sample = DataSample().set_gt_label(0)
        sample.set_field(row, 'teacher_embedding', dtype=torch.Tensor)
        made.append(sample)
    return made


@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16])
def test_the_head_computes_in_float32_and_weighs(dtype):
    feats = embeddings(length=3.0).to(dtype).requires_grad_()
    built = head(own=dict(type='Imitation', weight=2.0), arcface=dict(type='ArcFace'))
    with torch.autocast('cpu', torch.bfloat16):
        found = built.loss((feats,), samples(TEACHER.float()))
    expected = 2 * half_squared_distance(F.normalize(feats.detach().double()), TEACHER)
    assert found['loss_own'].dtype == torch.float32
    assert found['loss_own'].item() == pytest.approx(float(expected), rel=1e-5)
    sum(found.values()).backward()
    assert feats.grad.isfinite().all()
    assert feats.grad.dtype == dtype


def test_mixed_labels_are_taken_with_a_teacher_and_batches_in_parts_are_not():
    built = head(similar=dict(type='SimilarityPreserving'))
    built.refuse_mixed_labels()
    assert built.comparing_losses == ['similar']
    mixed = [sample.set_gt_score(torch.tensor([0.4, 0.6, 0])) for sample in samples(WIDER)]
    (found,) = built.loss((embeddings(),), mixed).values()
    assert found.item() == pytest.approx(float(difference_of_matrices(embeddings(), WIDER)), rel=1e-9)
    assert math.isfinite(found)
    with pytest.raises(ValueError, match=r'losses\.near compares'):
        head(similar=dict(type='SimilarityPreserving'), near=dict(type='Triplet')).refuse_mixed_labels()


def test_a_head_without_a_teacher_says_so():
    with pytest.raises(ValueError, match=r'losses.own learns from a teacher and there is none.*TaughtClassifier'):
        head(own=dict(type='Imitation')).loss((embeddings(),), [DataSample().set_gt_label(0) for _ in range(7)])
