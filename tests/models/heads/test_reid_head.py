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
KINDS = ('ArcFace', 'CosFace', 'NormFace', 'SubCentreArcFace', 'Softmax', 'Center', 'Triplet', 'SupCon')


def build(*losses, num_classes=CLASSES, **arcface):
    """A head of these losses, or of ArcFace alone."""
    torch.manual_seed(0)
    losses = losses or [dict(type='ArcFace', **arcface)]
    return MODELS.build(dict(type='ReIDHead', num_classes=num_classes, in_channels=WIDTH, losses=list(losses)))


def arcface_loss(head, embedding, samples):
    return head.loss((embedding,), samples)['loss_arcface']


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
    loss = arcface_loss(head, embedding, labelled([0, 3, 3, 1]))
    assert loss.item() == pytest.approx(
        float(textbook_loss(embedding, head.losses.arcface.weight, [0, 3, 3, 1], 20.0, 0.4)), rel=1e-5
    )


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_half_precision_embeddings_are_scored_in_float32(dtype, embedding):
    head, samples = build(), labelled([0, 3, 3, 1])
    with torch.autocast('cpu', dtype=dtype):
        loss = arcface_loss(head, embedding.to(dtype), samples)
        scores = head((embedding.to(dtype),))
    assert loss.dtype == scores.dtype == torch.float32
    rounded = embedding.to(dtype).float()
    assert loss.item() == pytest.approx(float(arcface_loss(head, rounded, samples)), rel=1e-6)
    torch.testing.assert_close(scores, head((rounded,)))


@pytest.mark.parametrize('sign', [1.0, -1.0])
@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16])
def test_an_embedding_at_its_centre_or_opposite_has_finite_gradients(sign, dtype):
    head = build(margin=0.5)
    for seed in range(50):
        head.losses.arcface.weight.data = torch.randn(CLASSES, WIDTH, generator=torch.Generator().manual_seed(seed))
        embedding = (sign * head.losses.arcface.weight.detach()).to(dtype).requires_grad_()
        head.zero_grad()
        loss = arcface_loss(head, embedding, labelled(range(CLASSES)))
        loss.backward()
        assert torch.isfinite(loss)
        assert torch.isfinite(embedding.grad).all()
        assert torch.isfinite(head.losses.arcface.weight.grad).all()


def test_an_embedding_of_zeros_is_finite():
    head = build()
    embedding = torch.zeros(1, WIDTH, requires_grad=True)
    arcface_loss(head, embedding, labelled([0])).backward()
    assert torch.isfinite(embedding.grad).all()


def test_shares_after_mixup_are_mixed_losses(embedding):
    head = build(margin=0.4)
    one, other = ([0, 3, 3, 1], [2, 3, 0, 4])
    expected = 0.3 * arcface_loss(head, embedding, labelled(one)) + 0.7 * arcface_loss(head, embedding, labelled(other))
    shares = 0.3 * F.one_hot(torch.tensor(one), CLASSES) + 0.7 * F.one_hot(torch.tensor(other), CLASSES)
    samples = [sample.set_gt_score(share) for sample, share in zip(labelled(one), shares, strict=True)]
    torch.testing.assert_close(arcface_loss(head, embedding, samples), expected)


def test_mmpretrain_s_hook_lets_the_margin_grow_with_the_step_alone():
    model = nn.Module()
    model.head = build(margin=0.4)
    runner = SimpleNamespace(model=model, iter=0, max_iters=20, max_epochs=5)
    init_default_scope('jaguar_mm')
    hook = HOOKS.build(
        dict(type='WarmupParamHook', param_name='margin', module_name='head.losses.arcface', warmup_epochs=2)
    )
    hook.before_train(runner)
    for step, share in ((0, 0), (4, 0.5), (2, 0.25), (8, 1), (19, 1)):
        runner.iter = step
        hook.before_train_iter(runner, step)
        assert model.head.losses.arcface.margin == pytest.approx(0.4 * share)


def test_predictions_have_no_margin(embedding):
    head = build(scale=20.0, margin=0.5)
    samples = head.predict((embedding,))
    cosine = F.cosine_similarity(embedding[:, None], head.losses.arcface.weight[None], dim=-1)
    torch.testing.assert_close(torch.stack([s.pred_score for s in samples]), (20 * cosine).softmax(1))
    assert [int(s.pred_label) for s in samples] == cosine.argmax(1).tolist()


def test_several_losses_are_logged_by_name_and_add_up_with_their_weights(embedding):
    arcface, triplet, supcon = dict(type='ArcFace', margin=0.5), dict(type='Triplet'), dict(type='SupCon')
    head, samples = build(arcface, triplet | dict(weight=0.5), supcon | dict(weight=2.0)), labelled([0, 3, 3, 1])
    found = head.loss((embedding,), samples)
    assert list(found) == ['loss_arcface', 'loss_triplet', 'loss_supcon']
    for loss, weight in ((arcface, 1.0), (triplet, 0.5), (supcon, 2.0)):
        alone = build(loss)
        alone.load_state_dict(head.state_dict(), strict=False)
        ((name, value),) = alone.loss((embedding,), samples).items()
        torch.testing.assert_close(found[name], weight * value)


def test_the_gradient_of_the_sum_is_the_sum_of_the_gradients(embedding):
    losses = [dict(type='ArcFace', weight=0.5), dict(type='Triplet'), dict(type='CosFace')]
    head, samples = build(*losses), labelled([0, 3, 3, 1])
    leaf = embedding.clone().requires_grad_()
    parts = [torch.autograd.grad(value, leaf, retain_graph=True)[0] for value in head.loss((leaf,), samples).values()]
    sum(head.loss((leaf,), samples).values()).backward()
    torch.testing.assert_close(leaf.grad, sum(parts))


def test_losses_by_name_can_be_two_of_a_type_and_left_out(embedding):
    losses = dict(
        near=dict(type='Triplet', margin=0.1), far=dict(type='Triplet', margin=1.0), arc=dict(type='ArcFace'), cos=None
    )
    head = MODELS.build(dict(type='ReIDHead', num_classes=CLASSES, in_channels=WIDTH, losses=losses))
    assert list(head.loss((embedding,), labelled([0, 3, 3, 1]))) == ['loss_near', 'loss_far', 'loss_arc']


@pytest.mark.parametrize('losses', [[], {}, dict(arc=None), [dict(type='Triplet'), dict(type='Triplet', margin=1.0)]])
def test_no_losses_and_two_of_one_name_are_refused(losses):
    with pytest.raises(ValueError, match=r'model\.head\.losses needs at least one loss, and names for two'):
        MODELS.build(dict(type='ReIDHead', losses=losses))


def test_an_unknown_loss_is_named_with_those_that_there_are():
    with pytest.raises(ValueError, match=r"no loss 'ArcFaces'; registered are ArcFace, .*CosFace, .*NormFace, "):
        build(dict(type='ArcFaces'))


@pytest.mark.parametrize('loss', ['Triplet', 'SupCon'])
def test_losses_on_pairs_refuse_mixed_labels(loss, embedding):
    samples = [sample.set_gt_score(torch.full((CLASSES,), 1 / CLASSES)) for sample in labelled([0, 3, 3, 1])]
    with pytest.raises(ValueError, match=rf'losses\.{loss.lower()} compares images .* no mixed labels'):
        build(dict(type='ArcFace'), dict(type=loss)).loss((embedding,), samples)


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_every_loss_is_computed_in_float32_under_autocast(dtype, embedding):
    head, samples = build(*(dict(type=kind) for kind in KINDS)), labelled([0, 3, 3, 1])
    with torch.autocast('cpu', dtype=dtype):
        found = head.loss((embedding.to(dtype),), samples)
    expected = head.loss((embedding.to(dtype).float(),), samples)
    assert {value.dtype for value in found.values()} == {torch.float32}
    torch.testing.assert_close(found, expected)
    assert {weight.dtype for weight in head.parameters()} == {torch.float32}


def test_without_a_number_of_classes_the_centres_come_from_the_weights_that_are_loaded(embedding):
    trained, blank = build(), build(num_classes=None)
    assert 'pred_score' not in blank.predict((embedding,))[0]
    assert not blank.state_dict()
    blank.load_state_dict(trained.state_dict())
    for one, other in zip(blank.predict((embedding,)), trained.predict((embedding,)), strict=True):
        torch.testing.assert_close(one.pred_score, other.pred_score)


def test_a_head_of_pairs_alone_gives_the_embedding(embedding):
    head = build(dict(type='SupCon'))
    assert head((embedding,)) is embedding
    assert 'pred_score' not in head.predict((embedding,))[0]
