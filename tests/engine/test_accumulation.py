"""The gradient of a batch is the same in one piece, in parts, over several batches, and on several processes."""

import copy

import pytest
import torch
from mmengine.optim import OptimWrapper
from mmpretrain.structures import DataSample

from jaguar_mm.engine.accumulation import train_in_parts
from jaguar_mm.registry import MODELS

CLASSES, SIZE = 5, 8


@pytest.fixture
def model():
    """A model without batch normalisation, in float64."""
    torch.manual_seed(0)
    built = MODELS.build(
        dict(
            type='ReIDClassifier',
            backbone=dict(type='TimmFeatures', model_name='convnext_atto', pretrained=False),
            neck=dict(type='GeM', p=3.0),
            head=dict(type='ReIDHead', num_classes=CLASSES, losses=[dict(type='ArcFace', label_smoothing=0.1)]),
            data_preprocessor=dict(mean=[0.0] * 3, std=[1.0] * 3),
        )
    )
    return built.double()


def batch(count=SIZE, seed=0):
    random = torch.Generator().manual_seed(seed)
    images = torch.rand(count, 3, 32, 32, generator=random, dtype=torch.float64)
    labels = torch.randint(CLASSES, (count,), generator=random).tolist()
    return dict(inputs=images, data_samples=[DataSample().set_gt_label(label) for label in labels])


def gradients(model, batches, part_size, accumulation=1):
    """Return the mean gradient of some batches, as the step of plain SGD shows it, and what was logged."""
    model = copy.deepcopy(model)
    before = [parameter.detach().clone() for parameter in model.parameters()]
    optim_wrapper = OptimWrapper(torch.optim.SGD(model.parameters(), lr=1.0), accumulative_counts=accumulation)
    optim_wrapper.initialize_count_status(model, 0, len(batches))
    logged = [train_in_parts(model, data, optim_wrapper, part_size) for data in batches]
    assert optim_wrapper.inner_count == len(batches)
    steps = [old - new.detach() for old, new in zip(before, model.parameters(), strict=True)]
    return steps, logged


@pytest.mark.parametrize('part_size', [1, 3, 4, 7, 8, 9])
def test_parts_give_the_gradient_and_the_loss_of_the_whole(model, part_size):
    expected, logged = gradients(model, [batch()], SIZE)
    found, logged_in_parts = gradients(model, [batch()], part_size)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(logged_in_parts, logged)


@pytest.mark.parametrize('part_size', [2, 8])
def test_batches_accumulate_to_the_gradient_of_one_large_batch(model, part_size):
    large = batch(16)
    halves = [
        dict(inputs=large['inputs'][part], data_samples=large['data_samples'][part])
        for part in (slice(8), slice(8, 16))
    ]
    expected, _ = gradients(model, [large], 16)
    found, _ = gradients(model, halves, part_size, accumulation=2)
    torch.testing.assert_close(found, expected)


def test_the_last_and_shorter_accumulation_is_averaged_over_its_own_batches(model):
    single = batch(seed=1)
    expected, _ = gradients(model, [single], SIZE)
    found, _ = gradients(model, [single], SIZE, accumulation=4)
    torch.testing.assert_close(found, expected)
