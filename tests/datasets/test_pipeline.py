"""The stock transforms and PackInputs work on what this package's transforms leave."""

import numpy as np
import pytest
import torch
from mmengine.dataset import pseudo_collate
from torch.utils.data import DataLoader

from jaguar_mm.registry import DATASETS

META_KEYS = ('image_name', 'identity', 'flank', 'encounter', 'role', 'img_path')
LOAD = [{'type': 'LoadRGBA'}, {'type': 'CropToMask', 'margin': 0.1}]
MASK = [{'type': 'AlphaMask', 'background': 'random'}]
PACK = [{'type': 'PackInputs', 'meta_keys': META_KEYS}]
GEOMETRIC = [
    {'type': 'Resize', 'scale': (12, 16), 'interpolation': 'bicubic'},
    {'type': 'RandomResizedCrop', 'scale': (16, 12), 'crop_ratio_range': (0.8, 1.0), 'interpolation': 'bicubic'},
    {'type': 'RandomFlip', 'prob': 1.0},
    {'type': 'Rotate', 'angle': 15.0, 'prob': 1.0},
]
PHOTOMETRIC = [
    {'type': 'ColorJitter', 'brightness': 0.2, 'contrast': 0.2, 'saturation': 0.2, 'hue': 0.05, 'backend': 'cv2'},
    {'type': 'RandomErasing', 'erase_prob': 1.0, 'mode': 'rand'},
]


def build(competition, pipeline, **options):
    return DATASETS.build(
        {'type': 'JaguarReID', 'data_root': str(competition), 'pipeline': pipeline, 'test_mode': True, **options}
    )


@pytest.mark.parametrize(
    'pipeline',
    [
        [*LOAD, *MASK, *GEOMETRIC, *PHOTOMETRIC, *PACK],
        [*LOAD, *GEOMETRIC, *MASK, *PHOTOMETRIC, *PACK],
    ],
    ids=['mask first', 'geometry first'],
)
def test_whole_training_pipeline(competition, pipeline):
    np.random.seed(0)
    dataset = build(competition, pipeline)
    for i in range(len(dataset)):
        inputs = dataset[i]['inputs']
        assert inputs.dtype == torch.uint8
        assert inputs.shape == (3, 16, 12)
        assert inputs.is_contiguous()


@pytest.mark.parametrize('step', [*GEOMETRIC, *PHOTOMETRIC], ids=lambda step: step['type'])
def test_each_stock_transform_changes_the_image_and_keeps_its_type(competition, step):
    np.random.seed(0)
    mask = [{'type': 'AlphaMask', 'background': 'black'}]
    plain = build(competition, [*LOAD, *mask, *PACK])[0]['inputs']
    changed = build(competition, [*LOAD, *mask, step, *PACK])[0]['inputs']
    assert changed.dtype == torch.uint8
    assert len(changed) == 3
    assert changed.shape != plain.shape or not torch.equal(changed, plain)


def test_channels_stay_in_rgb_order(competition):
    results = build(competition, [{'type': 'LoadRGBA'}])[0]
    inputs = build(competition, [{'type': 'LoadRGBA'}, {'type': 'AlphaMask', 'background': 'keep'}, *PACK])[0]['inputs']
    np.testing.assert_array_equal(inputs.permute(1, 2, 0), results['img'][..., :3])


def test_rotation_before_the_mask_leaves_no_grey_corners(competition):
    rotate = {'type': 'Rotate', 'angle': 45.0, 'prob': 1.0, 'pad_val': 0}
    dataset = build(competition, [LOAD[0], rotate, {'type': 'AlphaMask', 'background': 'mean'}, *PACK])
    assert dataset[0]['inputs'][:, 0, 0].tolist() == [124, 116, 104]


def test_pack_inputs_takes_what_is_known(competition):
    known = build(competition, [*LOAD, *MASK, *PACK])[0]['data_samples']
    assert set(known.metainfo) == {'image_name', 'identity', 'img_path'}
    assert known.metainfo['image_name'] == 'train_0000.png'
    assert known.gt_label.tolist() == [1]
    unknown = build(competition, [*LOAD, *MASK, *PACK], ann_file='test.csv', data_prefix='test')[0]['data_samples']
    assert unknown.metainfo['identity'] is None
    assert 'gt_label' not in unknown


def test_workers_load_what_the_main_process_loads(competition):
    dataset = build(competition, [*LOAD, {'type': 'AlphaMask', 'background': 'blur'}, *PACK])
    loader = DataLoader(dataset, batch_size=4, num_workers=2, collate_fn=pseudo_collate)
    batches = list(loader)
    names = [sample.image_name for batch in batches for sample in batch['data_samples']]
    assert names == [f'train_{i:04d}.png' for i in range(10)]
    for i, inputs in enumerate(inputs for batch in batches for inputs in batch['inputs']):
        assert torch.equal(inputs, dataset[i]['inputs'])


def test_real_jaguars(shared_data, tmp_path):
    names = ('jaguar_01.png', 'jaguar_02.png', 'JAG_0031.jpg')
    rows = [f'{name},{identity}' for name, identity in zip(names, 'ABC', strict=True)]
    (tmp_path / 'train.csv').write_text('\n'.join(['filename,ground_truth', *rows]))
    pipeline = [*LOAD, {'type': 'Resize', 'scale': (96, 64)}, *MASK, *PHOTOMETRIC, *PACK]
    dataset = build(tmp_path, pipeline, data_prefix=str(shared_data / 'jaguar_samples'))
    np.random.seed(0)
    assert [dataset[i]['inputs'].shape for i in range(3)] == [(3, 64, 96)] * 3
