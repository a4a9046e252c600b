"""A preview shows the very samples that a training run loads."""

import numpy as np
import pytest
from mmengine.runner import Runner
from PIL import Image

from jaguar_mm.datasets.preview import background_mode, load_image, masked_paths, see
from jaguar_mm.datasets.samplers import Draw
from jaguar_mm.registry import DATASETS
from tests.plain_animal import plain_animal

PIPELINE = [
    {'type': 'LoadRGBA'},
    {'type': 'RandomResizedCrop', 'scale': 16, 'crop_ratio_range': (0.3, 1.0)},
    {'type': 'AlphaMask', 'background': 'random'},
    {'type': 'PackInputs', 'meta_keys': ('image_name',)},
]


@pytest.mark.parametrize('workers', [0, 2])
def test_views_are_those_of_the_training_loader(competition, workers):
    config = {'type': 'JaguarReID', 'data_root': str(competition), 'pipeline': PIPELINE}
    loader = Runner.build_dataloader(
        {
            'batch_size': 3,
            'num_workers': workers,
            'sampler': {'type': 'EpochSampler', '_scope_': 'jaguar_mm'},
            'dataset': dict(config, _scope_='jaguar_mm'),
        },
        seed=7,
    )
    dataset = DATASETS.build(config)
    names = [dataset.get_data_info(index)['image_name'] for index in range(len(dataset))]
    for epoch in range(2):
        loader.sampler.set_epoch(epoch)
        for batch in loader:
            for inputs, sample in zip(batch['inputs'], batch['data_samples'], strict=True):
                view = see(dataset, Draw(names.index(sample.image_name), 7, epoch))
                assert view.shape == (16, 16, 3)
                np.testing.assert_array_equal(view, inputs.numpy().transpose(1, 2, 0))


def test_an_image_is_loaded_before_any_augmentation(competition):
    dataset = DATASETS.build({'type': 'JaguarReID', 'data_root': str(competition), 'pipeline': PIPELINE})
    image = load_image(dataset, 3)
    assert image.pixels.shape == (18, 24, 4)
    assert image.has_alpha
    assert background_mode(dataset) == 'random'
    plain = DATASETS.build({'type': 'JaguarReID', 'data_root': str(competition)})
    assert background_mode(plain) == 'keep'
    np.testing.assert_array_equal(load_image(plain, 3).pixels, image.pixels)


def test_masks_that_are_made_are_shown_and_not_asked_of_the_files(tmp_path):
    (tmp_path / 'lua').mkdir()
    Image.fromarray(plain_animal(80, 120)[0]).save(tmp_path / 'lua' / 'a.png')
    pipeline = [{'type': 'LoadRGBA', 'masks': True}, {'type': 'CropToMask'}, *PIPELINE[1:]]
    dataset = DATASETS.build({'type': 'IdentityFolder', 'data_root': str(tmp_path), 'pipeline': pipeline})
    assert load_image(dataset, 0).has_alpha
    assert masked_paths(dataset) == set()
