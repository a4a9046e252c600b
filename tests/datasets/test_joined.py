"""Data sets that join others: everything that training asks of a data set holds across their parts."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope

from jaguar_mm.datasets.protocol import ReIDData, build_reid_data
from jaguar_mm.datasets.records import all_records
from jaguar_mm.datasets.samplers import Draw
from jaguar_mm.engine import ReIDRunner
from jaguar_mm.registry import DATA_SAMPLERS, DATASETS, HOOKS
from tests.datasets.conftest import write_image, write_table

PIPELINE = [
    dict(type='LoadRGBA'),
    dict(type='AlphaMask', background='random', missing_alpha='keep'),
    dict(type='ColorJitter', brightness=0.5),
    dict(type='PackInputs', meta_keys=('image_name', 'img_path')),
]
REAL = {'a/1.png': 'Ti', 'a/2.png': 'Ti', 'a/3.png': 'Lua', 'a/4.png': 'Lua', 'a/5.png': 'Lua'}
PSEUDO = {'b/1.png': 'Abril', 'b/2.png': 'Lua', 'b/3.png': 'Abril'}


@pytest.fixture
def root(tmp_path):
    for part, images in (('real', REAL), ('pseudo', PSEUDO)):
        for seed, name in enumerate(images):
            write_image(tmp_path / 'images' / name, seed)
        write_table(tmp_path / f'{part}.csv', ('filename', 'ground_truth'), images.items())
        groups = [(name, f'{part} {place // 2}') for place, name in enumerate(images)]
        write_table(tmp_path / f'{part}_groups.csv', ('filename', 'group'), groups)
    return tmp_path


def part(root, name, **settings):
    table = dict(ann_file=f'{name}.csv', groups=f'{name}_groups.csv', data_prefix='images')
    return dict(type='JaguarReID', data_root=str(root), pipeline=PIPELINE) | table | settings


def joined(root, *parts):
    return DATASETS.build(dict(type='ConcatDataset', datasets=parts or [part(root, 'real'), part(root, 'pseudo')]))


def labels(dataset):
    classes = dataset.metainfo['classes']
    return {record['image_name']: classes[record['gt_label']] for record in all_records(dataset)}


def test_every_image_of_all_parts_with_one_numbering_of_classes_by_name(root):
    dataset = joined(root)
    assert dataset.metainfo['classes'] == ('Abril', 'Lua', 'Ti')
    assert labels(dataset) == REAL | PSEUDO
    assert {dataset[i]['data_samples'].image_name: dataset[i]['data_samples'].gt_label.item() for i in range(8)} == {
        name: ('Abril', 'Lua', 'Ti').index(identity) for name, identity in (REAL | PSEUDO).items()
    }
    assert labels(joined(root, part(root, 'pseudo'), part(root, 'real'))) == REAL | PSEUDO


def test_classes_that_agree_are_left_as_they_are(root):
    classes = ['Ti', 'Lua', 'Abril']
    dataset = joined(root, *(part(root, name, classes=classes) for name in ('real', 'pseudo')))
    assert dataset.metainfo['classes'] == tuple(classes)
    assert labels(dataset) == REAL | PSEUDO


def test_a_joined_set_in_a_joined_or_repeated_one(root):
    inner = dict(type='ConcatDataset', datasets=[part(root, 'pseudo')])
    dataset = joined(root, part(root, 'real'), dict(type='RepeatDataset', times=2, dataset=inner))
    assert len(dataset) == 5 + 2 * 3
    assert labels(dataset) == REAL | PSEUDO
    names = [record['image_name'] for record in all_records(dataset)]
    assert names == [*REAL, *PSEUDO, *PSEUDO]
    assert [dataset[i]['data_samples'].image_name for i in range(-11, 0)] == names
    for index in range(len(dataset)):
        source, place = dataset.part_of(index)
        assert source.get_data_info(place)['image_name'] == names[index]
    with pytest.raises(IndexError):
        dataset[len(dataset)]
    assert [source.ann_file for source in dataset.parts] == [str(root / 'real.csv'), str(root / 'pseudo.csv')]
    assert isinstance(dataset, ReIDData)


def test_a_draw_depends_on_seed_epoch_and_image_alone(root):
    dataset = joined(root)
    first = {index: dataset[Draw(index, 0, 0)]['inputs'] for index in range(8)}
    for index in reversed(range(8)):
        torch.rand(3), np.random.rand()
        assert torch.equal(dataset[Draw(index, 0, 0)]['inputs'], first[index])
        assert not torch.equal(dataset[Draw(index, 0, 1)]['inputs'], first[index])
        assert not torch.equal(dataset[Draw(index, 1, 0)]['inputs'], first[index])


def test_images_of_two_parts_and_repeats_draw_different_numbers(root):
    write_image(root / 'images' / 'b/1.png', 0)  # the pixels of a/1.png, with the same index in its part
    dataset = joined(root)
    assert not torch.equal(dataset[Draw(0, 0, 0)]['inputs'], dataset[Draw(5, 0, 0)]['inputs'])
    repeated = DATASETS.build(dict(type='RepeatDataset', dataset=part(root, 'real'), times=2))
    assert not torch.equal(repeated[Draw(0, 0, 0)]['inputs'], repeated[Draw(5, 0, 0)]['inputs'])


def test_the_splits_of_all_parts_are_on_record(root):
    dataset = joined(root, part(root, 'real', subset='train', groups=None), part(root, 'pseudo'))
    split = dataset.split_record()
    assert sorted(split['train'] + split['val']) == list(REAL)
    assert split['all'] == list(PSEUDO)
    taken = {record['image_name'] for record in all_records(dataset)}
    assert taken == {*split['train'], *PSEUDO}


def test_what_several_parts_call_alike_is_one_part_of_the_split(root):
    images = {'a': 'Ti', 'b': 'Abril'}
    for folder, identity in images.items():
        names = [f'{folder}/{number}.png' for number in range(1, 5)]
        for seed, name in enumerate(names):
            write_image(root / 'images' / name, seed)
        write_table(root / f'{folder}.csv', ('filename', 'ground_truth'), [(name, identity) for name in names])
    two = joined(root, *(part(root, folder, subset='train', groups=None) for folder in images))
    split = two.split_record()
    assert {name: len(names) for name, names in split.items()} == {'train': 4, 'val': 4}
    assert sorted(split['train'] + split['val']) == [f'{folder}/{n}.png' for folder in images for n in range(1, 5)]


SAMPLERS = [
    dict(type='EpochSampler'),
    dict(type='EpochSampler', burst_limit=1),
    dict(type='ClassBalancedSampler'),
    dict(type='IdentityBalancedSampler', classes=3, images=2),
]


@pytest.mark.parametrize('settings', SAMPLERS, ids=str)
def test_each_sampler_sees_the_parts_as_one_table(root, settings):
    whole = {name: identity for part in (REAL, PSEUDO) for name, identity in part.items()}
    write_table(root / 'whole.csv', ('filename', 'ground_truth'), whole.items())
    groups = [
        f'{part} {place // 2}' for part, names in (('real', REAL), ('pseudo', PSEUDO)) for place in range(len(names))
    ]
    write_table(root / 'whole_groups.csv', ('filename', 'group'), zip(whole, groups, strict=True))
    single = DATASETS.build(part(root, 'whole'))
    draws = [
        list(DATA_SAMPLERS.build(settings, default_args=dict(dataset=data, seed=3))) for data in (single, joined(root))
    ]
    assert draws[0] == draws[1]
    assert len(draws[0]) >= 5


def test_a_leak_is_found_across_parts(root):
    def check(val, dataset):
        loaders = dict(train_dataloader=SimpleNamespace(dataset=dataset), val_dataloader=SimpleNamespace(dataset=val))
        HOOKS.build(dict(type='LeakCheckHook')).before_train(SimpleNamespace(val_loop=object(), **loaders))

    write_table(root / 'val.csv', ('filename', 'ground_truth'), [('b/3.png', 'Abril')])
    write_table(root / 'val_groups.csv', ('filename', 'group'), [('b/3.png', 'pseudo 1')])
    val = DATASETS.build(part(root, 'val'))
    with pytest.raises(ValueError, match=r'trained on themselves.*b/3\.png \(b/3\.png\)'):
        check(val, joined(root))
    write_image(root / 'images' / 'c/1.png', 9)
    write_table(root / 'val.csv', ('filename', 'ground_truth'), [('c/1.png', 'Ti')])
    write_table(root / 'val_groups.csv', ('filename', 'group'), [('c/1.png', 'pseudo 1')])
    val = DATASETS.build(part(root, 'val'))
    with pytest.raises(ValueError, match=r'near-duplicates.*c/1\.png \(b/3\.png\)'):
        check(val, joined(root))
    check(val, joined(root, part(root, 'real')))


def test_one_name_for_two_images_is_refused(root):
    write_image(root / 'other' / 'a/1.png', 7)
    write_table(root / 'other.csv', ('filename', 'ground_truth'), [('a/1.png', 'Ti')])
    other = part(root, 'other', data_prefix='other', groups=None)
    with pytest.raises(ValueError, match=r"'a/1\.png' of .*other\.csv is in .*real\.csv too; let the names of both"):
        joined(root, part(root, 'real'), other)


def test_one_image_in_two_parts_is_refused_whatever_its_name(root):
    write_table(root / 'inner.csv', ('filename', 'ground_truth'), [('1.png', 'Abril')])
    inner = part(root, 'inner', data_prefix='images/a', groups=None)
    with pytest.raises(ValueError, match=r"'1\.png' of .*inner\.csv is in .*real\.csv too; leave it out of one"):
        joined(root, part(root, 'real'), inner)
    with pytest.raises(ValueError, match='RepeatDataset shows images more often'):
        joined(root, part(root, 'real'), part(root, 'real'))


def test_a_pair_table_is_that_of_the_one_part_that_has_it(root):
    write_table(root / 'test.csv', ('row_id', 'query_image', 'gallery_image'), [(0, 'b/1.png', 'b/2.png')])
    pairs = part(root, 'test', groups=None)
    assert joined(root).pair_table is None
    assert joined(root, part(root, 'real'), pairs).pair_table.row_ids == ['0']
    write_table(root / 'more.csv', ('row_id', 'query_image', 'gallery_image'), [(0, 'a/1.png', 'a/2.png')])
    both = joined(root, pairs, part(root, 'more', groups=None))
    with pytest.raises(ValueError, match='only one of them can be a pair table'):
        _ = both.pair_table


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        (dict(type='ClassBalancedDataset', oversample_thr=0.1), r"sampler=dict\(type='ClassBalancedSampler'\)"),
        (dict(type='mmpretrain.KFoldDataset', num_splits=3), 'fold=0 and folds=5'),
    ],
)
def test_a_wrapper_that_cannot_serve_is_refused_with_what_does(root, settings, message):
    with pytest.raises(ValueError, match=message):
        build_reid_data(settings | dict(dataset=part(root, 'real')))
    with pytest.raises(ValueError, match=message):
        joined(root, part(root, 'pseudo'), settings | dict(dataset=part(root, 'real')))


def test_the_runner_builds_no_other_data_set(root):
    init_default_scope('jaguar_mm')
    settings = dict(dataset=part(root, 'real'), sampler=dict(type='EpochSampler'), batch_size=2, num_workers=0)
    loader = ReIDRunner.build_dataloader(settings, seed=0)
    assert isinstance(loader.dataset, ReIDData)
    settings['dataset'] = dict(type='KFoldDataset', dataset=part(root, 'real'))
    with pytest.raises(ValueError, match='fold=0 and folds=5'):
        ReIDRunner.build_dataloader(settings, seed=0)


def test_a_data_set_of_another_library_is_refused(root):
    with pytest.raises(ValueError, match=r'CustomDataset \(of mmpretrain\) does not tell .* take MetadataReID'):
        build_reid_data(dict(type='CustomDataset', data_root=str(root / 'images'), pipeline=[]))


@pytest.mark.parametrize(
    ('settings', 'message'),
    [(dict(type='ConcatDataset', datasets=[]), 'at least one'), (dict(type='RepeatDataset', times=0), 'at least 1')],
)
def test_nothing_is_no_data_set(root, settings, message):
    with pytest.raises(ValueError, match=message):
        DATASETS.build(dict(dataset=part(root, 'real')) | settings if 'times' in settings else settings)
