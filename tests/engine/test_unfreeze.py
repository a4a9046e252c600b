"""The backbone joins a training when its schedule says so, batch norms included."""

from types import SimpleNamespace

import pytest
import torch

from jaguar_mm.registry import HOOKS, MODELS

PARTS = ('stem', 'layer1', 'layer2', 'layer3', 'layer4')
SCHEDULE = {0: 4, 2: 3, 3: 1, 5: -1}
LEARNING = [(), (), ('layer4',), PARTS[2:], PARTS[2:], PARTS, PARTS]  # parts of the backbone, by epoch


def part_of(name):
    part = name.split('.')[2]
    return part if part.startswith('layer') else 'stem'


def model(**backbone):
    torch.manual_seed(0)
    return MODELS.build(
        dict(
            type='ReIDClassifier',
            backbone=dict(type='TimmFeatures', model_name='resnet10t', **backbone),
            neck=dict(type='GeM', p=3.0),
            head=dict(type='ReIDHead', num_classes=3, losses=[dict(type='ArcFace')]),
        )
    )


def runner(net, kind=torch.optim.SGD):
    learnt = [value for value in net.parameters() if value.requires_grad]
    return SimpleNamespace(epoch=0, model=net, optim_wrapper=kind(learnt, lr=0.1))


def begin(run, hook, epoch):
    """Do what the loop does before an epoch."""
    run.epoch = epoch
    hook.before_train_epoch(run)
    run.model.train()


def changed_by_a_step(run):
    """Return the parts of the backbone of which weights, and of which buffers, are others after a step."""
    before = {name: value.clone() for name, value in run.model.state_dict().items()}
    run.model.embed(torch.randn(4, 3, 64, 64))[:, 0].sum().backward()
    run.optim_wrapper.step()
    run.optim_wrapper.zero_grad()
    buffers = dict(run.model.named_buffers())
    found = {name for name, value in run.model.state_dict().items() if not torch.equal(value, before[name])}
    ours = {name for name in found if name.startswith('backbone.')}
    return {part_of(name) for name in ours - buffers.keys()}, {part_of(name) for name in ours & buffers.keys()}


@pytest.mark.parametrize('kind', [torch.optim.SGD, torch.optim.AdamW])
def test_weights_and_statistics_of_a_part_change_from_its_epoch_on(kind):
    run, hook = runner(model(), kind), HOOKS.build(dict(type='UnfreezeHook', schedule=SCHEDULE))
    hook.before_train(run)
    for epoch, parts in enumerate(LEARNING):
        begin(run, hook, epoch)
        assert changed_by_a_step(run) == (set(parts), set(parts)), epoch


@pytest.mark.parametrize('epoch', [1, 4, 6])
def test_a_resumed_training_goes_on_with_what_its_epoch_says(epoch):
    run, hook = runner(model()), HOOKS.build(dict(type='UnfreezeHook', schedule=SCHEDULE))
    hook.before_train(run)
    begin(run, hook, epoch)
    weights, statistics = changed_by_a_step(run)
    assert weights == statistics == set(LEARNING[epoch])


def test_what_no_map_depends_on_stays_frozen():
    net = MODELS.build(dict(type='TimmFeatures', model_name='lcnet_035'))
    fixed = {name for name, value in net.named_parameters() if not value.requires_grad}
    assert fixed
    for depth in (2, -1):
        net.freeze_stages(depth)
        found = {name for name, value in net.named_parameters() if not value.requires_grad}
        assert (found > fixed, found == fixed) == (depth == 2, depth == -1)


def test_a_schedule_without_a_beginning_is_refused():
    with pytest.raises(ValueError, match=r'UnfreezeHook\.schedule says nothing of epoch 0'):
        HOOKS.build(dict(type='UnfreezeHook', schedule={1: 2}))


@pytest.mark.parametrize(
    ('backbone', 'schedule', 'message'),
    [
        ({}, {0: 4, 2: 7}, r'UnfreezeHook\.schedule, epoch 2: .* is 7, but resnet10t has depths 0 to 4'),
        (dict(frozen_stages=1), {0: 4, 2: -1}, r'not in the optimiser; leave model\.backbone\.frozen_stages at -1'),
    ],
)
def test_what_cannot_be_is_refused_before_the_first_step(backbone, schedule, message):
    with pytest.raises(ValueError, match=message):
        HOOKS.build(dict(type='UnfreezeHook', schedule=schedule)).before_train(runner(model(**backbone)))


def test_another_backbone_is_refused():
    run = SimpleNamespace(epoch=0, model=torch.nn.ModuleDict(dict(backbone=torch.nn.Linear(1, 1))), optim_wrapper=None)
    with pytest.raises(ValueError, match=r'model\.backbone is a Linear'):
        HOOKS.build(dict(type='UnfreezeHook', schedule={0: 4})).before_train_epoch(run)
