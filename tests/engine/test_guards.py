"""What stops or bends a training: numbers that are none, too little memory, images that cannot be used."""

import csv
import re
import shutil
from types import SimpleNamespace

import pytest
import torch
from mmengine.optim import OptimWrapper
from mmpretrain.structures import DataSample
from torch import nn

from jaguar_mm.engine.checkpoints.file import read_checkpoint
from jaguar_mm.engine.hooks.finite import FiniteHook, NonFiniteError
from tests.engine.training import assert_same, config_with_hooks, settings, train

ONE_EPOCH = ['train_cfg.max_epochs=1', 'param_scheduler=[]']


class Weighted(nn.Module):
    """A model whose loss is weight times input."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(()))

    def forward(self, inputs, data_samples, mode):
        return dict(loss=(self.weight * inputs).sqrt().mean())  # at 0: a finite loss with an infinite gradient


@pytest.fixture
def watched():
    """A function that trains on one value with the hook watching, and the model."""
    model, hook = Weighted(), FiniteHook()
    runner = SimpleNamespace(model=model, iter=0)
    runner.optim_wrapper = OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.1), accumulative_counts=2)
    hook.before_train(runner)

    def step(value, name):
        losses = model(inputs=torch.tensor([value]), data_samples=[DataSample(image_name=name)], mode='loss')
        runner.optim_wrapper.update_params(losses['loss'])
        hook.after_train_iter(runner, 0, {}, {})

    return step, model


@pytest.mark.parametrize(('value', 'what'), [(float('nan'), 'loss'), (float('inf'), 'loss'), (0.0, 'gradient')])
def test_what_is_no_number_stops_before_the_weights_change(watched, value, what):
    step, model = watched
    step(1.0, 'good.png')
    with pytest.raises(NonFiniteError, match=f'the {what} of step 1 is not finite') as caught:
        step(value, 'bad.png')
    assert 'bad.png' in str(caught.value)
    assert ('good.png' in str(caught.value)) == (what == 'gradient')  # a gradient is the sum over both batches
    assert float(model.weight) == 1


def test_finite_steps_pass(watched):
    step, model = watched
    for _ in range(4):
        step(1.0, 'good.png')
    assert float(model.weight) < 1


def test_a_poisoned_batch_names_its_images_and_leaves_the_checkpoint_before(competition, tmp_path):
    config = config_with_hooks(tmp_path, dict(type='PoisonHook', at=5))
    done = train(competition, tmp_path / 'work', *settings(), *ONE_EPOCH, config=config)
    assert done.returncode == 2
    assert 'error: the loss of step 5 is not finite' in done.stderr
    assert len(re.findall(r'train_\d+\.png', done.stderr)) == 4
    weights = read_checkpoint(tmp_path / 'work' / 'iter_4.pth')['state_dict']
    assert all(value.isfinite().all() for value in weights.values())
    assert not (tmp_path / 'work' / 'iter_5.pth').exists()


def test_too_little_memory_halves_the_parts_and_keeps_the_batch(competition, tmp_path):
    no_norm = "model = dict(neck=[dict(type='GlobalAveragePooling')], train_cfg=None)  # nor mixup"
    options = [*settings(accumulation=4), *ONE_EPOCH]
    config = config_with_hooks(tmp_path, dict(type='SmallDeviceHook', images=1), also=no_norm)
    small = train(competition, tmp_path / 'small', *options, config=config)
    assert small.returncode == 0, small.stderr[-3000:]
    output = small.stdout + small.stderr
    assert 'out of memory with 4 images on the device; going on with 2 at a time' in output
    assert 'out of memory with 2 images on the device; going on with 1 at a time' in output
    config = config_with_hooks(tmp_path, also=no_norm)
    parts = train(competition, tmp_path / 'parts', *options, 'train_cfg.micro_batch=1', config=config)
    assert parts.returncode == 0, parts.stderr[-3000:]
    found, expected = (read_checkpoint(tmp_path / name / 'epoch_1.pth') for name in ('small', 'parts'))
    assert_same(found, expected)


PAIRS = """
model = dict(head=dict(losses=dict(triplet=dict(type='Triplet'))), train_cfg=None)
train_dataloader = dict(sampler=dict(_delete_=True, type='IdentityBalancedSampler', classes=2, images=2))
"""


@pytest.mark.parametrize(('also', 'what'), [('', 'Mixup mixes'), (PAIRS, "the loss 'triplet' compares")])
def test_too_little_memory_for_a_batch_that_must_be_whole_is_said(competition, tmp_path, also, what):
    config = config_with_hooks(tmp_path, dict(type='SmallDeviceHook', images=2), also=also)
    done = train(competition, tmp_path / 'work', *settings(), *ONE_EPOCH, config=config)
    assert done.returncode == 2
    said = f'out of memory with 4 images on the device; {what} the images of a batch, which cannot be computed in parts'
    assert said in done.stderr
    assert 'set train_dataloader.batch_size to less' in done.stderr
    done = train(competition, tmp_path / 'parts', *settings(), 'train_cfg.micro_batch=2', config=config)
    assert f'train_cfg.micro_batch is 2, but {what}' in done.stderr


def test_one_image_that_does_not_fit_is_said(competition, tmp_path):
    config = config_with_hooks(tmp_path, dict(type='SmallDeviceHook', images=0), also='model = dict(train_cfg=None)')
    done = train(competition, tmp_path / 'work', *settings(), *ONE_EPOCH, config=config)
    assert done.returncode == 2
    assert 'out of memory with 1 images on the device; one image does not fit' in done.stderr


def test_broken_images_stop_a_training_or_are_skipped_and_reported(competition, tmp_path):
    data = shutil.copytree(competition, tmp_path / 'data')
    broken = sorted((data / 'train' / 'train').glob('*.png'))[:20]
    for path in broken:
        path.write_bytes(path.read_bytes()[:500])
    validated = ['val_dataloader.dataset.data_root=' + str(competition)]
    options = [*settings(workers=2), *ONE_EPOCH, *validated]
    done = train(data, tmp_path / 'strict', *options)
    assert done.returncode == 2
    assert re.search(r'^error: .*train_\d+\.png: the PNG is cut off', done.stderr, re.MULTILINE)
    assert 'Traceback' not in done.stderr
    (log,) = (tmp_path / 'strict').glob('*/*.log')
    assert 'Traceback' in log.read_text(encoding='utf-8')
    done = train(data, tmp_path / 'lenient', *options, 'train_dataloader.dataset.unusable=skip')
    assert done.returncode == 0, done.stderr[-3000:]
    with open(tmp_path / 'lenient' / 'skipped.csv', newline='', encoding='utf-8') as file:
        rows = list(csv.DictReader(file))
    assert rows
    named = {row['problem'].partition(': ')[0] for row in rows}
    assert named <= {str(path) for path in broken}
    assert len(named) == len(rows)
    assert all('cut off' in row['problem'] for row in rows)
    assert f'{len(rows)} training image(s) cannot be used and are skipped' in done.stdout + done.stderr
