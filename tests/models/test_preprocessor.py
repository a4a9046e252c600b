import pytest
import torch
from mmengine.registry import DefaultScope
from mmpretrain.structures import DataSample

from jaguar_mm.registry import MODELS


def build(**kwargs):
    with DefaultScope.overwrite_default_scope('jaguar_mm'):  # as a config sets it
        return MODELS.build(dict(type='ReIDDataPreprocessor', num_classes=3, **kwargs))


def batch(labels):
    samples = [DataSample(metainfo=dict(image_name=f'{i}.png')) for i in range(len(labels))]
    for sample, label in zip(samples, labels, strict=True):
        if label is not None:
            sample.set_gt_label(label)
    images = [torch.full((3, 2, 2), 40 * i, dtype=torch.uint8) for i in range(len(labels))]
    return dict(inputs=images, data_samples=samples)


def test_images_are_stacked_and_normalised():
    inputs = build(mean=[10.0, 20.0, 30.0], std=[2.0, 4.0, 5.0])(batch([0, 1]))['inputs']
    torch.testing.assert_close(inputs[:, :, 0, 0], torch.tensor([[-5.0, -5.0, -6.0], [15.0, 5.0, 2.0]]))


@pytest.mark.parametrize('augments', [None, dict(augments=[dict(type='Mixup', alpha=0.2)])])
@pytest.mark.parametrize(('label', 'found'), [(3, '3'), (-1, '-1'), (None, 'None')])
def test_a_wrong_training_label_names_the_image_and_the_key(label, found, augments):
    with pytest.raises(ValueError, match=rf'1\.png has the label {found}, but model\.head\.num_classes is 3'):
        build(batch_augments=augments)(batch([0, label]), training=True)


@pytest.mark.parametrize('augments', [None, dict(augments=[dict(type='Mixup', alpha=0.2)])])
def test_outside_training_labels_are_left_alone(augments):
    samples = build(batch_augments=augments)(batch([0, 7, None]))['data_samples']
    assert [int(sample.gt_label) for sample in samples[:2]] == [0, 7]
    assert not any('gt_score' in sample for sample in samples)


def test_images_without_data_samples_are_enough_for_inference():
    assert build()(dict(inputs=torch.zeros(2, 3, 4, 4)))['data_samples'] is None


def test_mixup_mixes_images_and_shares_alike():
    preprocess = build(batch_augments=dict(augments=[dict(type='Mixup', alpha=0.2)]))
    mixed = preprocess(batch([0, 1]), training=True)
    for image, sample in zip(mixed['inputs'], mixed['data_samples'], strict=True):
        assert float(sample.gt_score.sum()) == pytest.approx(1)
        assert float(image[0, 0, 0]) == pytest.approx(40 * float(sample.gt_score[1]), abs=1e-4)


@pytest.mark.parametrize('training', [True, False])
def test_images_that_kept_their_alpha_are_refused(training):
    images = [torch.zeros(3, 4, 4, dtype=torch.uint8), torch.zeros(4, 4, 4, dtype=torch.uint8)]
    samples = [DataSample().set_gt_label(0) for _ in images]
    data = dict(inputs=images, data_samples=samples)
    with pytest.raises(
        ValueError, match=r'images come out of the pipeline with 4 channels.*AlphaMask turns RGBA into RGB'
    ):
        build()(data, training=training)
