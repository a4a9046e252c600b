"""The losses of pytorch-metric-learning that recipes use, through the adapter, against their papers."""

import pytest
import torch
import torch.nn.functional as F
from mmengine.optim import build_optim_wrapper
from mmpretrain.structures import DataSample
from torch import nn

from jaguar_mm.registry import LOSSES, MODELS
from tests.models.losses.formula import CLASSES, LABELS, WIDTH, assert_is_formula, embeddings

CIRCLE = dict(loss=dict(type='CircleLoss', m=0.25, gamma=8))
CONTRASTIVE = dict(loss=dict(type='ContrastiveLoss', neg_margin=1.2, reducer=dict(type='MeanReducer')))
MULTI = dict(
    loss=dict(type='MultiSimilarityLoss', alpha=2, beta=5, base=0.5),
    miner=dict(type='MultiSimilarityMiner', epsilon=0.1),
)
PROXY = dict(loss=dict(type='ProxyAnchorLoss', margin=0.1, alpha=4))
PAIRS = dict(circle=CIRCLE, contrastive=CONTRASTIVE, multi_similarity=MULTI)
ALL = PAIRS | dict(proxy_anchor=PROXY)


def built(config, num_classes=CLASSES):
    torch.manual_seed(0)
    return LOSSES.build(dict(type='MetricLearning', num_classes=num_classes, in_channels=WIDTH, **config))


def head(config, num_classes=CLASSES):
    torch.manual_seed(0)
    losses = dict(it=dict(type='MetricLearning', **config))
    return MODELS.build(dict(type='ReIDHead', num_classes=num_classes, in_channels=WIDTH, losses=losses))


def own_and_others(i):
    own = [j for j in range(len(LABELS)) if LABELS[j] == LABELS[i] and j != i]
    return own, [j for j in range(len(LABELS)) if LABELS[j] != LABELS[i]]


def circle(embedding, weights):
    """Sun et al., CVPR 2020, eq. 5 to 8: every image that has another of its class is an anchor."""
    losses = []
    for i in range(len(LABELS)):
        own, others = own_and_others(i)
        if own:
            s = embedding @ embedding[i]
            near = sum((-8 * (1.25 - s[j]).clamp(min=0).detach() * (s[j] - 0.75)).exp() for j in own)
            far = sum((8 * (s[j] + 0.25).clamp(min=0).detach() * (s[j] - 0.25)).exp() for j in others)
            losses.append((1 + near * far).log())
    return sum(losses) / len(losses)


def contrastive(embedding, weights):
    """After Hadsell et al., CVPR 2006, eq. 4, with distances instead of their squares; own and other pairs apart."""
    own, others = [], []
    for i in range(len(LABELS)):
        for j in (j for j in range(len(LABELS)) if j != i):
            distance = (embedding[i] - embedding[j]).norm()
            (own if LABELS[i] == LABELS[j] else others).append(distance)
    return sum(own) / len(own) + sum((1.2 - d).clamp(min=0) for d in others) / len(others)


def multi_similarity(embedding, weights):
    """Wang et al., CVPR 2019, eq. 9 to 13, with the lambda of 0.5; an image without a pair has no loss."""
    total = 0.0
    for i in range(len(LABELS)):
        own, others = own_and_others(i)
        s = embedding @ embedding[i]
        if not own:
            continue
        hard_own = [j for j in own if s[j] - 0.1 < max(s[k] for k in others)]
        hard_others = [j for j in others if s[j] + 0.1 > min(s[k] for k in own)]
        total = total + (1 + sum((-2 * (s[j] - 0.5)).exp() for j in hard_own)).log() / 2
        total = total + (1 + sum((5 * (s[j] - 0.5)).exp() for j in hard_others)).log() / 5
    return total / len(LABELS)


def proxy_anchor(embedding, weights):
    """Kim et al., CVPR 2020, eq. 4."""
    near, far, with_images = 0.0, 0.0, 0
    for label, proxy in enumerate(weights['loss.proxies']):
        s = embedding @ (proxy / proxy.norm())
        own = [j for j in range(len(LABELS)) if LABELS[j] == label]
        with_images += bool(own)
        near = near + (1 + sum((-4 * (s[j] - 0.1)).exp() for j in own)).log()
        far = far + (1 + sum((4 * (s[j] + 0.1)).exp() for j in range(len(LABELS)) if j not in own)).log()
    return near / with_images + far / len(weights['loss.proxies'])


FORMULAS = dict(circle=circle, contrastive=contrastive, multi_similarity=multi_similarity, proxy_anchor=proxy_anchor)


@pytest.mark.parametrize('name', ALL)
@pytest.mark.parametrize('seed', [0, 1])
def test_it_is_its_formula(name, seed):
    def formula(embedding, weights):  # the library makes the length one again, as the head does: no gradient along it
        return FORMULAS[name](embedding / embedding.norm(dim=1, keepdim=True), weights)

    assert_is_formula(built(ALL[name]), formula, embeddings(seed=seed), LABELS)


@pytest.mark.parametrize('name', ALL)
@pytest.mark.parametrize(
    'labels', [[0], [0, 1, 2], [1, 1], [1, 1, 1]], ids=['alone', 'no positives', 'two', 'one class']
)
def test_a_batch_that_lacks_pairs_has_a_finite_loss_and_gradient(name, labels):
    embedding = embeddings(len(labels)).float().requires_grad_()
    loss = built(ALL[name])(embedding, torch.tensor(labels))
    loss.backward()
    assert loss.isfinite()
    assert embedding.grad.isfinite().all()


@pytest.mark.parametrize('name', PAIRS)
def test_an_image_alone_says_nothing(name):
    assert float(built(PAIRS[name])(embeddings(1).float(), torch.tensor([0]))) == 0


@pytest.mark.parametrize('name', ALL)
def test_half_precision_is_computed_in_float32_and_leaves_the_weights_in_it(name):
    whole, samples = head(ALL[name]), [DataSample().set_gt_label(label) for label in LABELS.tolist()]
    embedding = embeddings(length=3.0).bfloat16()
    with torch.autocast('cpu', dtype=torch.bfloat16):
        found = whole.loss((embedding,), samples)['loss_it']
    torch.testing.assert_close(found, whole.loss((embedding.float(),), samples)['loss_it'])
    assert found.dtype == torch.float32
    assert all(value.dtype == torch.float32 for value in whole.parameters())


def test_proxies_are_weights_of_the_model_that_the_optimiser_moves():
    model = nn.Module()
    model.head = head(PROXY)
    (before,) = [value.clone() for value in model.parameters()]
    assert list(model.state_dict()) == ['head.losses.it.loss.proxies']
    keys = {'proxies': dict(lr_mult=10.0)}
    wrapper = build_optim_wrapper(
        model,
        dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=0.1), paramwise_cfg=dict(custom_keys=keys)),
    )
    samples = [DataSample().set_gt_label(label) for label in LABELS.tolist()]
    loss = model.head.loss((embeddings().float(),), samples)['loss_it']
    (gradient,) = torch.autograd.grad(loss, list(model.parameters()), retain_graph=True)
    wrapper.update_params(loss)
    torch.testing.assert_close(model.head.losses.it.loss.proxies, before - 1.0 * gradient)


@pytest.mark.parametrize(('name', 'pairs'), [('circle', ['it']), ('proxy_anchor', [])])
def test_losses_over_pairs_need_positives_and_those_over_proxies_do_not(name, pairs):
    assert head(ALL[name]).pair_losses == pairs
    assert head(ALL[name]).comparing_losses == ['it']


@pytest.mark.parametrize('name', ALL)
def test_mixed_labels_are_refused(name):
    share = torch.full((CLASSES,), 1 / CLASSES)
    samples = [DataSample().set_gt_label(label).set_gt_score(share) for label in LABELS.tolist()]
    with pytest.raises(ValueError, match=r'losses\.it compares images .* no mixed labels'):
        head(ALL[name]).loss((embeddings().float(),), samples)


def test_without_classes_proxies_are_left_out_and_those_of_a_file_too():
    blank, embedding = head(PROXY, num_classes=None), embeddings().float()
    assert not blank.state_dict()
    assert blank((embedding,)) is embedding
    blank.load_state_dict(head(PROXY).state_dict(), strict=False)
    assert head(CIRCLE, num_classes=None).losses.it.loss is not None


@pytest.mark.parametrize(
    ('config', 'message'),
    [
        (dict(loss=dict(type='CircelLoss')), r"no 'CircelLoss' in pytorch_metric_learning\.losses"),
        (dict(loss=dict(type='CircleLoss'), miner=dict(type='BatchMiner')), r"no 'BatchMiner' in .*\.miners"),
        (dict(loss=dict(type='CircleLoss', reducer=dict(type='Mean'))), r"no 'Mean' in .*\.reducers, "),
        (dict(loss=dict(type='CircleLoss', margin=0.4)), r'CircleLoss cannot be made with .*margin'),
    ],
    ids=['loss', 'miner', 'part', 'argument'],
)
def test_what_the_library_has_not_is_named(config, message):
    with pytest.raises(ValueError, match=message):
        built(config)


def test_a_degenerate_batch_of_equal_images_has_finite_gradients():
    for config in ALL.values():
        embedding = F.normalize(torch.ones(4, WIDTH)).requires_grad_()
        built(config)(embedding, torch.tensor([0, 0, 1, 1])).backward()
        assert embedding.grad.isfinite().all()
