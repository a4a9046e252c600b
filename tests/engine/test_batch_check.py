from contextlib import nullcontext

import pytest
from mmengine.registry import DefaultScope

from jaguar_mm.engine import ReIDRunner
from jaguar_mm.engine.batch_check import check_positives, check_whole_batches
from jaguar_mm.registry import DATA_SAMPLERS
from tests.engine.training import train


@pytest.fixture(autouse=True)
def our_scope():
    with DefaultScope.overwrite_default_scope('jaguar_mm'):
        yield


class Animals:
    """A data set of nothing but labels: four animals, five images each."""

    source = ann_file = 'animals.csv'
    metainfo = dict(classes='abcd')  # noqa: RUF012
    pair_table = None
    parts = ()

    def split_record(self):
        return {}

    def part_of(self, index):
        return self, index

    def number_classes(self, classes):
        raise NotImplementedError

    def __len__(self):
        return 20

    def __getitem__(self, draw):
        return draw.index // 5

    def get_data_info(self, index):
        return {'gt_label': index // 5, 'image_name': f'{index}.png'}


def loader(batch_size, sampler='EpochSampler', drop_last=False, **options):
    sampler = dict(type=sampler, seed=0, **options)
    settings = dict(batch_size=batch_size, drop_last=drop_last, dataset=Animals(), sampler=sampler)
    return ReIDRunner.build_dataloader(settings | dict(collate_fn=list))


def balanced(batch_size, classes, images, **options):
    return loader(batch_size, 'IdentityBalancedSampler', classes=classes, images=images, **options)


@pytest.mark.parametrize('drop_last', [False, True])
def test_batches_of_p_classes_with_k_images_hold_what_they_promise(drop_last):
    for classes, images in [(4, 3), (2, 2), (3, 1)]:
        for batch_size in range(1, 21):
            if batch_size % (classes * images):
                with pytest.raises(ValueError, match=rf'batch_size is {batch_size}, but the sampler draws blocks of'):
                    balanced(batch_size, classes, images, drop_last=drop_last)
                continue
            for batch in balanced(batch_size, classes, images, drop_last=drop_last):
                for start in range(0, len(batch), classes * images):
                    block = batch[start : start + classes * images]
                    assert sorted(map(block.count, set(block))) == [images] * classes


def test_the_batch_sizes_that_fit_are_named():
    with pytest.raises(
        ValueError, match=r'4 classes x 3 images.* set batch_size to 12, 24, 36, 48 or another multiple of 12'
    ):
        balanced(8, 4, 3)


def test_a_batch_larger_than_the_set_is_refused_if_it_is_dropped():
    with pytest.raises(
        ValueError, match=r'batch_size=21 and drop_last=True gives no batch: there are 20 images \(animals'
    ):
        loader(21, drop_last=True)
    assert [len(batch) for batch in loader(20, drop_last=True)] == [20]
    assert [len(batch) for batch in loader(21)] == [20]


@pytest.mark.parametrize(('part_size', 'refused'), [(None, False), (11, True), (12, False), (24, False)])
def test_parts_of_batches_that_must_be_whole_are_refused(part_size, refused):
    check_whole_batches([], part_size, 12)
    with (
        pytest.raises(ValueError, match=rf'micro_batch is {part_size}, but Mixup mixes the images')
        if refused
        else nullcontext()
    ):
        check_whole_batches(['Mixup mixes'], part_size, 12)


@pytest.mark.parametrize(
    ('sampler', 'said'),
    [
        (dict(type='IdentityBalancedSampler', classes=4, images=3), None),
        (dict(type='EpochSampler'), 'EpochSampler gives them by chance: set train_dataloader.sampler=dict'),
        (dict(type='ClassBalancedSampler'), 'ClassBalancedSampler gives them by chance'),
    ],
)
def test_a_sampler_that_promises_no_positives_is_named(sampler, said, monkeypatch):
    found = []
    monkeypatch.setattr('jaguar_mm.engine.batch_check.print_log', lambda text, logger, level: found.append(text))
    built = DATA_SAMPLERS.build(dict(sampler, dataset=Animals(), seed=0))
    check_positives(['triplet'], built)
    check_positives([], built)
    assert len(found) == (said is not None)
    assert all(said in text and "the loss 'triplet'" in text for text in found)


def test_a_sampler_that_promises_that_there_are_no_positives_is_refused():
    sampler = dict(type='IdentityBalancedSampler', classes=4, images=1, dataset=Animals(), seed=0)
    with pytest.raises(ValueError, match=r"loss 'supcon' .* IdentityBalancedSampler gives one of each"):
        check_positives(['supcon'], DATA_SAMPLERS.build(sampler))


def test_a_training_says_so_before_its_first_step(competition, tmp_path):
    done = train(competition, tmp_path / 'work', 'train_dataloader.batch_size=512')
    assert done.returncode != 0
    assert 'batch_size=512 and drop_last=True gives no batch: there are 24 images' in done.stderr.splitlines()[-1]
