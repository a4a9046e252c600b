import math
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from mmengine.registry import init_default_scope
from mmpretrain.structures import DataSample
from torch import nn

from jaguar_mm.registry import HOOKS, MODELS

CLASSES, WIDTH = 5, 16


def build(**kwargs):
    torch.manual_seed(0)
    return MODELS.build(dict(type='ArcFaceHead', num_classes=CLASSES, in_channels=WIDTH, **kwargs))


def labelled(labels):
    return [DataSample().set_gt_label(label) for label in labels]


def textbook_loss(embedding, centres, labels, scale, margin):
    """Deng et al., eq. 3, with the arc cosine in float64."""
    embedding, centres = embedding.detach().double(), centres.detach().double()
    cosine = (embedding / embedding.norm(dim=1, keepdim=True)) @ (centres / centres.norm(dim=1, keepdim=True)).T
    angle = cosine.acos()
    angle[range(len(labels)), labels] += margin
    assert (angle < math.pi).all()
    logits = scale * angle.cos()
    return -logits.log_softmax(1)[range(len(labels)), labels].mean()


@pytest.fixture
def embedding():
    return torch.randn(4, WIDTH, generator=torch.Generator().manual_seed(1))


def test_hard_labels_give_the_textbook_loss(embedding):
    head = build(scale=20.0, margin=0.4)
    loss = head.loss((embedding,), labelled([0, 3, 3, 1]))['loss']
    assert float(loss) == pytest.approx(float(textbook_loss(embedding, head.weight, [0, 3, 3, 1], 20.0, 0.4)), rel=1e-5)


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_half_precision_embeddings_are_scored_in_float32(dtype, embedding):
    head, samples = build(), labelled([0, 3, 3, 1])
    with torch.autocast('cpu', dtype=dtype):
        loss = head.loss((embedding.to(dtype),), samples)['loss']
        scores = head((embedding.to(dtype),))
    assert loss.dtype == scores.dtype == torch.float32
    rounded = embedding.to(dtype).float()
    assert float(loss) == pytest.approx(float(head.loss((rounded,), samples)['loss']), rel=1e-6)
    torch.testing.assert_close(scores, head((rounded,)))


@pytest.mark.parametrize('sign', [1.0, -1.0])
@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16])
def test_an_embedding_at_its_centre_or_opposite_has_finite_gradients(sign, dtype):
    head = build(margin=0.5)
    for seed in range(50):
        head.weight.data = torch.randn(CLASSES, WIDTH, generator=torch.Generator().manual_seed(seed))
        embedding = (sign * head.weight.detach()).to(dtype).requires_grad_()
        head.zero_grad()
        loss = head.loss((embedding,), labelled(range(CLASSES)))['loss']
        loss.backward()
        assert torch.isfinite(loss)
        assert torch.isfinite(embedding.grad).all()
        assert torch.isfinite(head.weight.grad).all()


def test_an_embedding_of_zeros_is_finite():
    head = build()
    embedding = torch.zeros(1, WIDTH, requires_grad=True)
    head.loss((embedding,), labelled([0]))['loss'].backward()
    assert torch.isfinite(embedding.grad).all()


def test_shares_after_mixup_are_mixed_losses(embedding):
    head = build(margin=0.4)
    one, other = ([0, 3, 3, 1], [2, 3, 0, 4])
    expected = (
        0.3 * head.loss((embedding,), labelled(one))['loss'] + 0.7 * head.loss((embedding,), labelled(other))['loss']
    )
    shares = 0.3 * F.one_hot(torch.tensor(one), CLASSES) + 0.7 * F.one_hot(torch.tensor(other), CLASSES)
    samples = [sample.set_gt_score(share) for sample, share in zip(labelled(one), shares, strict=True)]
    torch.testing.assert_close(head.loss((embedding,), samples)['loss'], expected)


def test_mmpretrain_s_hook_lets_the_margin_grow_with_the_step_alone():
    model = nn.Module()
    model.head = build(margin=0.4)
    runner = SimpleNamespace(model=model, iter=0, max_iters=20, max_epochs=5)
    init_default_scope('jaguar_mm')
    hook = HOOKS.build(dict(type='WarmupParamHook', param_name='margin', module_name='head', warmup_epochs=2))
    hook.before_train(runner)
    for step, share in ((0, 0), (4, 0.5), (2, 0.25), (8, 1), (19, 1)):
        runner.iter = step
        hook.before_train_iter(runner, step)
        assert model.head.margin == pytest.approx(0.4 * share)


def test_predictions_have_no_margin(embedding):
    head = build(scale=20.0, margin=0.5)
    samples = head.predict((embedding,))
    cosine = F.cosine_similarity(embedding[:, None], head.weight[None], dim=-1)
    torch.testing.assert_close(torch.stack([s.pred_score for s in samples]), (20 * cosine).softmax(1))
    assert [int(s.pred_label) for s in samples] == cosine.argmax(1).tolist()
