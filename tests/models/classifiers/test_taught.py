"""A model that learns from a teacher: the same images for both, and no trace of the teacher in the student."""

import copy

import numpy as np
import pytest
import torch
from mmengine.model import ExponentialMovingAverage
from mmpretrain.structures import DataSample

from jaguar_mm.encoders import load_encoder
from jaguar_mm.models.teacher import Teacher
from jaguar_mm.registry import MODELS
from tests.encoders.conftest import cfg, dataset, model, published  # noqa: F401  # fixtures

LOSSES = dict(own=dict(type='Imitation'), similar=dict(type='SimilarityPreserving'))
HEIGHT, WIDTH = 80, 120  # of what the teacher is tested with


def student(teacher, losses=LOSSES, **options):
    torch.manual_seed(0)
    backbone = dict(type='TimmFeatures', model_name='resnet10t', channels=(8, 8, 16, 16), **options)
    neck = dict(type='GlobalAveragePooling')
    head = dict(type='ReIDHead', num_classes=2, losses=losses)
    return MODELS.build(dict(type='TaughtClassifier', teacher=teacher, backbone=backbone, neck=neck, head=head))


def batch(size=(HEIGHT, WIDTH)):
    random = torch.Generator().manual_seed(1)
    images = torch.randint(0, 256, (4, 3, *size), generator=random, dtype=torch.uint8)
    return dict(inputs=list(images), data_samples=[DataSample().set_gt_label(place % 2) for place in range(4)])


def test_the_teacher_embeds_as_its_file_does(published):  # noqa: F811
    images = torch.stack(batch()['inputs'])
    found = Teacher(published)(images.float())
    expected = load_encoder(published).network(images.permute(0, 2, 3, 1).contiguous().numpy(), [])['']
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-5, atol=1e-6)
    assert found.dtype == torch.float32
    assert not found.requires_grad


def test_it_sees_the_batch_of_the_student(published, monkeypatch):  # noqa: F811
    built = student(published)
    seen = []
    monkeypatch.setattr(Teacher, '__call__', lambda self, pixels: seen.append(pixels) or torch.eye(4, 16))
    prepared = built.data_preprocessor(batch(), training=True)
    built.train().loss(**prepared)
    torch.testing.assert_close(seen[0], torch.stack(batch()['inputs']).float(), rtol=1e-4, atol=1e-3)


def test_other_sizes_are_brought_to_the_teacher_s(published):  # noqa: F811
    teacher = Teacher(published)
    assert teacher.size == (HEIGHT, WIDTH)
    image = torch.linspace(0, 255, 6).view(1, 1, 1, 6).expand(1, 3, 4, 6)
    large = image.repeat_interleave(40, 2).repeat_interleave(40, 3)  # 160 x 240
    small = image.repeat_interleave(20, 2).repeat_interleave(20, 3)
    assert float((teacher(large) * teacher(small)).sum()) > 0.999


def test_no_part_of_the_student_is_the_teacher(published, tmp_path):  # noqa: F811
    losses = dict(similar=dict(type='SimilarityPreserving'), arcface=dict(type='ArcFace'))
    built = student(published, losses).train()
    before = {name: value.clone() for name, value in built.state_dict().items()}
    theirs = {name: value.clone() for name, value in built.teacher.encoder.network.network.state_dict().items()}
    optimizer = torch.optim.SGD(built.parameters(), lr=0.1)
    prepared = built.data_preprocessor(batch(), training=True)
    sum(built.loss(**prepared).values()).backward()
    optimizer.step()
    plain = student(published, losses).state_dict().keys()
    assert built.state_dict().keys() == plain
    assert any(not torch.equal(value, before[name]) for name, value in built.state_dict().items())
    after = built.teacher.encoder.network.network
    assert not after.training
    assert all(parameter.grad is None for parameter in after.parameters())
    for name, value in after.state_dict().items():
        assert torch.equal(value, theirs[name])
    averaged = ExponentialMovingAverage(built)
    assert averaged.module.teacher is built.teacher
    assert {name.removeprefix('module.') for name in averaged.state_dict()} - {'steps'} == plain
    assert copy.deepcopy(built).teacher is built.teacher


def test_reading_the_teacher_moves_no_random_number(published):  # noqa: F811
    torch.manual_seed(3)
    expected = torch.rand(3)
    torch.manual_seed(3)
    assert Teacher(published).encoder
    assert torch.equal(torch.rand(3), expected)


def test_a_student_is_tested_without_the_file(tmp_path):
    built = student(tmp_path / 'nowhere.safetensors').eval()
    assert built.predict(torch.zeros(1, 3, 64, 64))[0].embedding.shape == (16,)
    with pytest.raises(ValueError, match=r'model.teacher: .*nowhere.safetensors: no such file'):
        built.loss(**built.data_preprocessor(batch(), training=True))


def test_a_teacher_of_no_loss_is_refused(published):  # noqa: F811
    with pytest.raises(ValueError, match=r'model\.teacher teaches nothing'):
        student(published, dict(arcface=dict(type='ArcFace')))
