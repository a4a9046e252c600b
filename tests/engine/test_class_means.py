"""Class centres begin where their images are, and nothing else changes."""

from types import SimpleNamespace

import pytest
import torch
from mmengine.dataset import pseudo_collate
from mmengine.logging import MMLogger
from mmpretrain.structures import DataSample
from torch.utils.data import DataLoader

from jaguar_mm.engine.checkpoints.file import read_checkpoint
from jaguar_mm.registry import HOOKS, MODELS
from tests.engine.training import config_with_hooks, settings, train

CLASSES, IMAGES = 3, 10
HOOK = dict(type='ClassMeansHook')


def model(*losses, backbone='convnext_atto'):
    torch.manual_seed(0)
    return MODELS.build(
        dict(
            type='ReIDClassifier',
            backbone=dict(type='TimmFeatures', model_name=backbone, pretrained=False),
            neck=dict(type='GeM', p=3.0),
            head=dict(type='ReIDHead', num_classes=CLASSES, losses=list(losses)),
            data_preprocessor=dict(mean=[0.0] * 3, std=[255.0] * 3),
        )
    )


def images():
    random = torch.Generator().manual_seed(1)
    return [
        dict(
            inputs=torch.randint(256, (3, 32, 32), generator=random, dtype=torch.uint8),
            data_samples=DataSample().set_gt_label(place % CLASSES),
        )
        for place in range(IMAGES)
    ]


def runner(built, step=0):
    loader = DataLoader(images(), 4, drop_last=True, collate_fn=pseudo_collate)
    return SimpleNamespace(iter=step, model=built, train_dataloader=loader, logger=MMLogger.get_current_instance())


def test_a_centre_is_the_mean_of_its_images_of_which_none_is_dropped():
    built = model(dict(type='ArcFace'), dict(type='NormFace'), dict(type='SubCentreArcFace', centres=2))
    before = built.head.losses['subcentrearcface'].weight.clone()
    HOOKS.build(HOOK).before_train(runner(built))
    with torch.no_grad():
        embedded = [built.embed(image['inputs'][None].float() / 255)[0] for image in images()]
    for label in range(CLASSES):
        mean = sum(embedded[label::CLASSES])
        for name in ('arcface', 'normface'):
            torch.testing.assert_close(built.head.losses[name].weight[label], mean / mean.norm(), atol=1e-4, rtol=0)
    assert torch.equal(built.head.losses['subcentrearcface'].weight, before)


def test_neither_statistics_nor_draws_nor_other_weights_change():
    built = model(dict(type='ArcFace'), backbone='resnet10t')
    before = {name: value.clone() for name, value in built.state_dict().items()}
    torch.manual_seed(5)
    drawn = torch.rand(3)
    torch.manual_seed(5)
    HOOKS.build(HOOK).before_train(runner(built))
    assert torch.equal(torch.rand(3), drawn)
    changed = {name for name, value in built.state_dict().items() if not torch.equal(value, before[name])}
    assert changed == {'head.losses.arcface.weight'}


def test_a_resumed_training_keeps_its_centres():
    built = model(dict(type='ArcFace'))
    before = built.head.losses['arcface'].weight.clone()
    HOOKS.build(HOOK).before_train(runner(built, step=3))
    assert torch.equal(built.head.losses['arcface'].weight, before)


def test_a_head_without_one_centre_a_class_is_named():
    with pytest.raises(ValueError, match=r'no loss of model\.head\.losses has such'):
        HOOKS.build(HOOK).before_train(runner(model(dict(type='SupCon'))))


def test_in_a_training(competition, tmp_path):
    still = ['train_cfg.max_epochs=1', 'optim_wrapper.optimizer.lr=0.0', *settings()]
    plain, imprinted = tmp_path / 'plain', tmp_path / 'imprinted'
    for work, hooks in ((plain, []), (imprinted, [HOOK])):
        work.mkdir()
        done = train(competition, work, *still, config=config_with_hooks(work, *hooks))
        assert done.returncode == 0, done.stderr[-3000:]
    assert 'centres start from the means of their images: arcface' in done.stdout
    weights = [read_checkpoint(work / 'epoch_1.pth')['state_dict'] for work in (plain, imprinted)]
    centres = [each.pop('head.losses.arcface.weight') for each in weights]
    assert not torch.equal(*centres)
    torch.testing.assert_close(centres[1].norm(dim=1), torch.ones(len(centres[1])))
    for name, value in weights[0].items():
        assert torch.equal(value, weights[1][name]), name
