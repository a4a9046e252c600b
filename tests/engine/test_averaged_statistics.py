"""Batch norms of averaged weights are measured on the training images at the end, and nothing else changes."""

from types import SimpleNamespace

import pytest
import torch
from mmengine.dataset import pseudo_collate
from mmpretrain.structures import DataSample
from torch.utils.data import DataLoader

from jaguar_mm.registry import HOOKS, MODELS

IMAGES, EPOCHS = 8, 3
EMA = dict(type='EMAHook', ema_type='StochasticWeightAverage')


def model(**backbone):
    torch.manual_seed(0)
    return MODELS.build(
        dict(
            type='ReIDClassifier',
            backbone=dict(type='TimmFeatures', model_name='resnet10t', **backbone),
            neck=[dict(type='GeM', p=3.0), dict(type='BNNeck')],
            head=dict(type='ReIDHead', num_classes=2, losses=[dict(type='ArcFace')]),
            data_preprocessor=dict(mean=[0.0] * 3, std=[255.0] * 3),
        )
    )


def images():
    random = torch.Generator().manual_seed(1)
    pixels = [torch.randint(256, (3, 32, 32), generator=random, dtype=torch.uint8) for _ in range(IMAGES)]
    return [dict(inputs=image, data_samples=DataSample().set_gt_label(0)) for image in pixels]


def statistics(net):
    return {name: buffer for name, buffer in net.named_buffers() if 'running_' in name}


def runner(net, batch=IMAGES, epoch=EPOCHS - 1, **ema):
    averaging = HOOKS.build(EMA | dict(update_buffers=True) | ema)
    loader = DataLoader(images(), batch, collate_fn=pseudo_collate)
    run = SimpleNamespace(model=net.train(), hooks=[averaging], epoch=epoch, _max_epochs=EPOCHS, max_epochs=EPOCHS)
    run.train_dataloader = loader
    averaging.before_run(run)
    with torch.no_grad():  # what was averaged is not what is trained
        for value in averaging.ema_model.module.parameters():
            value.mul_(1.1).add_(0.01)
        for buffer in statistics(averaging.ema_model.module).values():
            buffer.fill_(7)
    return run, averaging.ema_model.module


def measured(net):
    """Return mean and unbiased variance of what comes into each batch norm when all images are one batch."""
    found, handles = {}, []
    for name, norm in net.named_modules():
        if isinstance(norm, torch.nn.modules.batchnorm._BatchNorm):
            norm.train()

            def look(module, inputs, name=name):
                by_channel = inputs[0].detach().double().transpose(0, 1).flatten(1)
                found[name] = by_channel.mean(1), by_channel.var(1)

            handles.append(norm.register_forward_pre_hook(look))
    with torch.no_grad():
        net.extract_feat(torch.stack([image['inputs'] for image in images()]).float() / 255)
    for handle in handles:
        handle.remove()
    return found


def test_statistics_are_those_of_the_training_images_under_the_averaged_weights():
    run, averaged = runner(model())
    trained = {name: value.clone() for name, value in run.model.state_dict().items()}
    weights = {name: value.clone() for name, value in averaged.named_parameters()}
    torch.manual_seed(5)
    drawn = torch.rand(3)
    torch.manual_seed(5)
    HOOKS.build(dict(type='AveragedStatisticsHook')).after_train_epoch(run)
    assert torch.equal(torch.rand(3), drawn)
    assert all(torch.equal(value, run.model.state_dict()[name]) for name, value in trained.items())
    assert all(torch.equal(value, weights[name]) for name, value in averaged.named_parameters())
    buffers = {name: value.clone() for name, value in statistics(averaged).items()}
    expected = measured(averaged)
    assert len(expected) == 15
    for name, (mean, variance) in expected.items():
        torch.testing.assert_close(buffers[f'{name}.running_mean'].double(), mean, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(buffers[f'{name}.running_var'].double(), variance, rtol=1e-4, atol=1e-5)
        assert averaged.get_submodule(name).momentum == 0.1


def test_a_mean_over_batches_weighs_them_alike():
    run, averaged = runner(model(), batch=2)
    HOOKS.build(dict(type='AveragedStatisticsHook')).after_train_epoch(run)
    first = next(name for name, norm in averaged.named_modules() if isinstance(norm, torch.nn.BatchNorm2d))
    found = averaged.get_submodule(first).running_mean.clone()
    torch.testing.assert_close(found.double(), measured(averaged)[first][0], rtol=1e-4, atol=1e-5)


def test_frozen_norms_stay_and_no_epoch_but_the_last_is_measured():
    run, averaged = runner(model(frozen_stages=0))
    HOOKS.build(dict(type='AveragedStatisticsHook')).after_train_epoch(run)
    kept = {name for name, value in statistics(averaged).items() if (value == 7).all()}
    assert kept == {
        name
        for name in statistics(averaged)
        if '.conv1.1.' in name or '.conv1.4.' in name or '.timm_model.bn1.' in name
    }
    run, averaged = runner(model(), epoch=EPOCHS - 2)
    HOOKS.build(dict(type='AveragedStatisticsHook')).after_train_epoch(run)
    assert all((value == 7).all() for value in statistics(averaged).values())


@pytest.mark.parametrize(
    ('kept', 'message'), [(1, 'set update_buffers=True in that'), (0, 'an EMAHook, and this training has none')]
)
def test_without_averages_it_says_so(kept, message):
    run, _ = runner(model(), update_buffers=False)
    run.hooks = run.hooks[:kept]
    with pytest.raises(ValueError, match=message):
        HOOKS.build(dict(type='AveragedStatisticsHook')).before_train(run)
