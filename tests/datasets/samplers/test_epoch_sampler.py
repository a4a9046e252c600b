from collections import Counter

import numpy as np
import pytest
import torch
from mmengine.dataset import DefaultSampler
from torch.utils.data import DataLoader

from jaguar_mm.datasets import JaguarReID
from jaguar_mm.datasets.samplers import Draw
from jaguar_mm.registry import DATA_SAMPLERS

PIPELINE = [
    dict(type='LoadRGBA'),
    dict(type='RandomResizedCrop', scale=24),
    dict(type='RandomFlip', prob=0.5),
    dict(type='AlphaMask', background='random'),
    dict(type='ColorJitter', brightness=0.5, backend='cv2'),
    dict(type='PackInputs'),
]


def sampler(count, rank=0, world_size=1, **options):
    made = DATA_SAMPLERS.build(dict(type='EpochSampler', dataset=range(count), **{'seed': 7, **options}))
    made.rank, made.world_size = rank, world_size
    return made


def indices(made, epoch=0):
    made.set_epoch(epoch)
    return [draw.index for draw in made]


@pytest.mark.parametrize('count', [1, 7, 12])
@pytest.mark.parametrize('world_size', [1, 2, 5])
def test_every_image_once_an_epoch_and_as_many_for_every_process(count, world_size):
    dealt = [indices(sampler(count, rank, world_size), epoch=3) for rank in range(world_size)]
    assert {len(part) for part in dealt} == {len(sampler(count, 0, world_size))}
    drawn = Counter(index for part in dealt for index in part)
    assert set(drawn) == set(range(count))
    assert sum(drawn.values()) - count < world_size
    if count >= world_size:
        assert max(drawn.values()) - min(drawn.values()) <= 1


def test_a_batch_of_all_processes_is_the_same_however_many_there_are():
    alone = np.array(indices(sampler(24), epoch=1)).reshape(-1, 8)
    four = np.array([indices(sampler(24, rank, 4), epoch=1) for rank in range(4)]).reshape(4, -1, 2)
    for batch, shared in zip(alone, four.transpose(1, 0, 2), strict=True):
        assert sorted(batch) == sorted(shared.ravel())


def test_the_order_depends_on_seed_and_epoch_alone():
    assert indices(sampler(50), 2) == indices(sampler(50), 2)
    orders = {tuple(indices(sampler(50, seed=seed), epoch)) for seed in range(3) for epoch in range(3)}
    assert len(orders) == 9


def test_skipping_leaves_out_the_first_draws_once():
    made = sampler(20, rank=1, world_size=2)
    whole = list(made)
    made.skip(4)
    assert list(made) == whole[4:]
    assert list(made) == whole
    assert len(made) == 10


@pytest.fixture
def dataset(competition):
    return JaguarReID(data_root=str(competition), pipeline=PIPELINE)


def images(dataset, epoch, workers, seed=0, indices=range(6)):
    """Return the augmented images by index."""
    draws = [Draw(index, seed, epoch) for index in indices]
    loader = DataLoader(dataset, 1, sampler=draws, num_workers=workers, collate_fn=lambda batch: batch[0]['inputs'])
    return dict(zip(indices, loader, strict=True))


def test_augmentation_depends_on_seed_epoch_and_image_not_on_workers_or_order(dataset):
    expected = images(dataset, epoch=1, workers=0)
    for workers, order in ((2, range(6)), (3, [4, 0, 5, 2]), (0, [3])):
        for index, image in images(dataset, epoch=1, workers=workers, indices=order).items():
            assert torch.equal(image, expected[index])
    for other in (images(dataset, epoch=2, workers=0), images(dataset, epoch=1, workers=0, seed=1)):
        assert not any(torch.equal(other[index], expected[index]) for index in expected)


def test_the_stock_stack_repeats_its_augmentation_every_epoch(dataset):
    """The defect that all this is for: MMEngine seeds each worker anew from the run's seed, every epoch."""
    from mmengine.runner import Runner

    loader = Runner.build_dataloader(
        dict(
            dataset=dataset,
            sampler=DefaultSampler(dataset, shuffle=False),
            batch_size=1,
            num_workers=1,
            collate_fn=dict(type='default_collate'),
        ),
        seed=0,
    )
    first, second = ([batch['inputs'] for batch in loader] for _ in range(2))
    assert all(torch.equal(one, other) for one, other in zip(first, second, strict=True))
