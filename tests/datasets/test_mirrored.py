"""A data set and its mirror image: twice as many images and classes, labels right wherever they are asked for."""

import numpy as np
import pytest
import torch

from jaguar_mm.datasets.protocol import ReIDData
from jaguar_mm.datasets.records import all_records
from jaguar_mm.datasets.samplers import Draw
from jaguar_mm.engine.number_of_classes import number_of_classes
from jaguar_mm.registry import DATA_SAMPLERS, DATASETS
from tests.datasets.conftest import write_image, write_table

PIPELINE = [
    dict(type='LoadRGBA'),
    dict(type='AlphaMask', background='keep'),
    dict(type='PackInputs', meta_keys=('image_name', 'identity')),
]
IMAGES = {'1.png': 'Ti', '2.png': 'Lua', '3.png': 'Ti', '4.png': 'Abril'}
CLASSES = ('Abril', 'Lua', 'Ti', 'Abril mirrored', 'Lua mirrored', 'Ti mirrored')


@pytest.fixture
def part(tmp_path):
    for seed, name in enumerate(IMAGES):
        write_image(tmp_path / name, seed)
    write_table(tmp_path / 'train.csv', ('filename', 'ground_truth'), IMAGES.items())
    return dict(type='JaguarReID', data_root=str(tmp_path), data_prefix='', pipeline=PIPELINE)


def mirrored(part):
    return DATASETS.build(dict(type='MirroredDataset', dataset=part))


def test_twice_as_many_images_and_classes(part):
    dataset = mirrored(part)
    assert isinstance(dataset, ReIDData)
    assert len(dataset) == 2 * len(IMAGES)
    assert dataset.metainfo['classes'] == CLASSES
    assert number_of_classes(dataset) == 2 * number_of_classes(DATASETS.build(part)) == 6


def test_the_first_half_is_as_it_was_and_the_second_its_mirror_image(part):
    plain, dataset = DATASETS.build(part), mirrored(part)
    for index, (name, identity) in enumerate(IMAGES.items()):
        image = plain[index]['inputs'].numpy()
        assert not np.array_equal(image, image[:, :, ::-1])
        for place, pixels, ending in ((index, image, ''), (index + len(IMAGES), image[:, :, ::-1], ' mirrored')):
            for sample in (dataset[place], dataset[place - len(dataset)], dataset[Draw(place, 0, 0)]):
                assert np.array_equal(sample['inputs'].numpy(), pixels)
                packed = sample['data_samples']
                assert (packed.image_name, packed.identity) == (name, identity + ending)
                assert CLASSES[int(packed.gt_label)] == identity + ending
            record = dataset.get_data_info(place)
            assert (record['image_name'], record['identity']) == (name, identity + ending)
            assert CLASSES[record['gt_label']] == identity + ending
    with pytest.raises(IndexError):
        dataset[len(dataset)]


def test_the_two_images_of_a_file_are_augmented_in_different_ways(part):
    jitter = dict(type='ColorJitter', brightness=0.5)
    dataset = mirrored(part | dict(pipeline=[*PIPELINE[:2], jitter, PIPELINE[2]]))
    one, other = dataset[Draw(0, 0, 0)]['inputs'], dataset[Draw(len(IMAGES), 0, 0)]['inputs']
    assert not torch.equal(one, other.flip(-1))
    assert torch.equal(other, dataset[Draw(len(IMAGES), 0, 0)]['inputs'])


def test_samplers_take_both_for_animals(part):
    sampler = DATA_SAMPLERS.build(
        dict(type='IdentityBalancedSampler', classes=6, images=1), default_args=dict(dataset=mirrored(part), seed=0)
    )
    names = [record['identity'] for record in all_records(mirrored(part))]
    draws = [names[draw.index] for draw in sampler]
    assert all(sorted(draws[start : start + 6]) == sorted(CLASSES) for start in range(0, len(draws), 6))


def test_joined_with_another_set_names_still_mean_the_same(part, tmp_path):
    write_image(tmp_path / 'more' / '5.png', 5)
    write_table(tmp_path / 'more.csv', ('filename', 'ground_truth'), [('5.png', 'Bela')])
    more = part | dict(ann_file='more.csv', data_prefix='more')
    joined = DATASETS.build(dict(type='ConcatDataset', datasets=[more, dict(type='MirroredDataset', dataset=part)]))
    classes = joined.metainfo['classes']
    assert classes == tuple(sorted([*CLASSES, 'Bela']))
    for index, record in enumerate(all_records(joined)):
        assert classes[record['gt_label']] == record['identity']
        assert classes[int(joined[index]['data_samples'].gt_label)] == record['identity']


def test_the_split_and_the_file_are_those_of_the_images(part):
    dataset = mirrored(part)
    assert dataset.split_record() == {'all': list(IMAGES)}
    assert [dataset.part_of(index)[1] for index in range(8)] == [0, 1, 2, 3] * 2


def test_an_image_of_unknown_identity_stays_unknown(part, tmp_path):
    write_table(tmp_path / 'train.csv', ('filename', 'ground_truth'), [('1.png', 'Ti'), ('2.png', 'nobody')])
    dataset = mirrored(part | dict(unknown=['nobody']))
    for index in (1, 3):
        assert dataset.get_data_info(index).get('identity') is None
        assert 'gt_label' not in dataset[index]['data_samples']
