import cv2
import numpy as np
import pytest
import torch
from mmcv.transforms import Compose
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmpretrain.structures import DataSample

from jaguar_mm.engine import ReIDRunner
from jaguar_mm.engine.colour_order import check_colour_order
from jaguar_mm.engine.embedding_model import build_model
from jaguar_mm.registry import MODELS, TRANSFORMS

OURS = [dict(type='LoadRGBA'), dict(type='AlphaMask', background='keep')]
STOCK = [dict(type='LoadImageFromFile')]
LOADINGS = {
    'ours': OURS,
    'ours, exchanged': [*OURS, dict(type='ToPIL', to_rgb=True), dict(type='ToNumpy')],
    'stock': STOCK,
    'stock by its scope': [dict(type='mmpretrain.LoadImageFromFile')],
    'stock by Pillow': [dict(type='LoadImageFromFile', imdecode_backend='pillow')],
    'stock, exchanged': [*STOCK, dict(type='ToPIL', to_rgb=True), dict(type='ToNumpy')],
    'stock, there and back': [*STOCK, dict(type='ToPIL', to_rgb=True), dict(type='ToNumpy', to_bgr=True)],
    'stock, normalised': [*STOCK, dict(type='Normalize', mean=[0, 0, 0], std=[1, 1, 1])],
    'stock, normalised as it is': [*STOCK, dict(type='Normalize', mean=[0, 0, 0], std=[1, 1, 1], to_rgb=False)],
}


@pytest.fixture(autouse=True)
def our_scope():
    with DefaultScope.overwrite_default_scope('jaguar_mm'):
        yield


@pytest.fixture(scope='module')
def red(tmp_path_factory):
    path = tmp_path_factory.mktemp('red') / 'red.png'
    cv2.imwrite(str(path), np.full((8, 8, 3), (0, 0, 255), np.uint8))  # blue, green, red
    return str(path)


def config(pipeline, to_rgb=None, loader='train_dataloader'):
    model = dict(
        type='ReIDClassifier',
        backbone=dict(type='TimmFeatures', model_name='resnet10t'),
        neck=[dict(type='GeM'), dict(type='BNNeck')],
        head=dict(type='ReIDHead', num_classes=3, losses=[dict(type='ArcFace')]),
    )
    if to_rgb is not None:
        model['data_preprocessor'] = dict(to_rgb=to_rgb)
    dataset = dict(type='IdentityFolder', data_root='nowhere', pipeline=[*pipeline, dict(type='PackInputs')])
    return Config({'model': model, loader: dict(batch_size=2, dataset=dataset), 'default_scope': 'jaguar_mm'})


def seen_by_the_model(cfg, path):
    """Return the mean of each channel of an image file after the whole pipeline and the preprocessor."""
    pipeline = Compose([TRANSFORMS.build(step) for step in cfg.train_dataloader.dataset.pipeline])
    preprocessor = MODELS.build(cfg.model).data_preprocessor
    packed = pipeline({'img_path': path, 'sample_idx': 0})
    inputs = preprocessor({'inputs': [packed['inputs']], 'data_samples': [DataSample()]})['inputs'][0]
    return (inputs * preprocessor.std + preprocessor.mean).mean((1, 2))


@pytest.mark.parametrize('to_rgb', [None, False, True])
@pytest.mark.parametrize('loading', LOADINGS)
def test_what_is_not_refused_is_red(loading, to_rgb, red):
    cfg = config(LOADINGS[loading], to_rgb)
    colours = seen_by_the_model(cfg, red)
    model = MODELS.build(cfg.model)
    if torch.allclose(colours, torch.tensor([255.0, 0.0, 0.0]), atol=1e-3):
        check_colour_order(cfg, model)
    else:
        torch.testing.assert_close(colours, torch.tensor([0.0, 0.0, 255.0]), atol=1e-3, rtol=0)
        with pytest.raises(ValueError, match=r'train_dataloader.*pipeline.*model\.data_preprocessor\.to_rgb'):
            check_colour_order(cfg, model)


@pytest.mark.parametrize('loader', ['train_dataloader', 'val_dataloader', 'test_dataloader'])
def test_the_runner_refuses_before_anything_runs(loader, tmp_path):
    cfg = config(STOCK, loader=loader)
    with pytest.raises(ValueError, match=rf'{loader}\.dataset\.pipeline: LoadImageFromFile gives .* blue first'):
        ReIDRunner(cfg.model, str(tmp_path), default_scope='jaguar_mm', cfg=cfg, experiment_name=loader)
    right = config(STOCK, to_rgb=True, loader=loader)
    ReIDRunner(right.model, str(tmp_path), default_scope='jaguar_mm', cfg=right, experiment_name=f'{loader} right')


def test_embedding_refuses_too():
    with pytest.raises(ValueError, match=r'test_dataloader.* blue first'):
        build_model(config(STOCK, loader='test_dataloader'), 'none')


def test_pipelines_within_wrappers_are_looked_at():
    cfg = config(STOCK)
    wrapped = dict(
        type='ConcatDataset', datasets=[dict(type='RepeatDataset', times=2, dataset=cfg.train_dataloader.dataset)]
    )
    cfg.train_dataloader.dataset = wrapped
    with pytest.raises(ValueError, match='blue first'):
        check_colour_order(cfg, MODELS.build(cfg.model))
