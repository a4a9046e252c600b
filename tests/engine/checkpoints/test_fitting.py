import logging
from copy import deepcopy

import numpy as np
import pytest
import timm
import torch
from mmengine.config import Config
from safetensors.torch import save_file

from jaguar_mm.encoders.published import write_publication
from jaguar_mm.engine.checkpoints import fitting
from jaguar_mm.engine.checkpoints.file import CheckpointError
from jaguar_mm.engine.checkpoints.fitting import load_to_embed, load_to_start_from
from jaguar_mm.engine.config_encoder import encoder_fingerprint
from jaguar_mm.engine.embedding_model import build_model
from jaguar_mm.networks import settle_on_cpu
from jaguar_mm.registry import MODELS

WIDTHS = (8, 16, 32, 64)
BACKBONE = dict(type='TimmFeatures', model_name='resnet10t', channels=WIDTHS)
MODEL = dict(
    type='ReIDClassifier',
    backbone=BACKBONE,
    neck=[dict(type='GeM'), dict(type='BNNeck')],
    head=dict(type='ReIDHead', num_classes=3, losses=[dict(type='ArcFace')]),
)
CFG = dict(model=MODEL, default_hooks=dict(contract=dict(type='BackgroundContractHook', on_mismatch='ignore')))
FIRST = 'backbone.timm_model.conv1.0.weight'
CENTRES = 'head.losses.arcface.weight'


@pytest.fixture
def model():
    torch.manual_seed(1)
    return settle_on_cpu(MODELS.build(MODEL))  # as a model that is read, so that the same weights give the same bits


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / 'epoch_1.pth')


@pytest.fixture
def said(monkeypatch):
    """What was warned of."""
    lines = []
    monkeypatch.setattr(fitting, 'print_log', lambda text, logger, level: lines.append((level, text)))
    return lines


def written(path, state, **meta):
    torch.save(dict(meta=meta, state_dict=state), path)
    return path


def embeddings(model):
    images = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        return model.cpu().eval().embed(images)


def built(path, **changes):
    cfg = Config(deepcopy(CFG))
    cfg.merge_from_dict(changes)
    return build_model(cfg, path)


def to_embed(model):
    """Names of all weights that the embedding needs: NaN in them makes it NaN."""
    needed = []
    for name, weight in model.state_dict().items():
        if weight.is_floating_point():
            before = weight.clone()
            weight.fill_(torch.nan)
            needed += [name] if embeddings(model).isnan().any() else []
            weight.copy_(before)
    return needed


def test_a_checkpoint_with_another_head_gives_its_own_embeddings(model, path):
    written(path, model.state_dict())
    other = built(path, **{'model.head.num_classes': 7})
    assert torch.equal(embeddings(other), embeddings(model))


def test_a_checkpoint_from_before_losses_composed_gives_its_own_embeddings(model, path):
    state = model.state_dict()
    state['head.weight'] = state.pop(CENTRES)
    written(path, state)
    assert torch.equal(embeddings(built(path)), embeddings(model))


@pytest.mark.parametrize('wrapped', [True, False])
def test_weights_of_a_wrapped_model_and_published_ones_fit(model, tmp_path, wrapped):
    state, path = model.state_dict(), tmp_path / 'w.safetensors'
    if wrapped:
        path = written(tmp_path / 'w.pth', {f'module.{name}': weight for name, weight in state.items()})
    else:
        write_publication(path, dict(cfg='', format_version=1, dataset_meta=dict(classes=[])), state)
    assert torch.equal(embeddings(built(str(path))), embeddings(model))


def test_every_single_weight_that_the_embedding_needs_is_missed(model, path):
    needed = to_embed(model)
    assert len(needed) > 60
    for name in needed[:: len(needed) // 7] + needed[-1:]:
        state = model.state_dict()
        del state[name]
        with pytest.raises(
            CheckpointError, match=rf'epoch_1\.pth: 1 of the \d+ weights .*the first is {name} \(absent\)'
        ):
            load_to_embed(MODELS.build(MODEL), dict(state_dict=state), path)


@pytest.mark.parametrize('name', ['head.losses.arcface.weight', 'backbone.timm_model.bn1.num_batches_tracked'])
def test_what_the_embedding_does_not_need_may_be_absent(model, path, name):
    state = model.state_dict()
    del state[name]
    load_to_embed(MODELS.build(MODEL), dict(state_dict=state), path)


@pytest.mark.parametrize('ending', ['safetensors', 'pth', 'wrapped.pth'])
def test_bare_timm_weights_of_this_backbone_are_recognised_and_the_way_is_said(model, tmp_path, ending):
    state, path = timm.create_model('resnet10t', channels=WIDTHS).state_dict(), tmp_path / f'bare.{ending}'
    if ending == 'safetensors':
        save_file(state, path)
    else:
        torch.save(dict(state_dict=state) if 'wrapped' in ending else state, path)
    with pytest.raises(CheckpointError) as caught:
        built(str(path))
    count = len(to_embed(model))
    assert f'{path}: {count} of the {count} weights on the way to the embedding are not loaded' in str(caught.value)
    assert f'the first is {FIRST} (absent)' in str(caught.value)
    assert 'the bare timm weights of resnet10t, the backbone of this model' in str(caught.value)
    assert f"--cfg-options model.backbone.checkpoint_path={path}, to test with 'none'" in str(caught.value)
    start = built('none', **{'model.backbone.checkpoint_path': str(path)})  # as the message says
    assert all(torch.equal(state[name], weight) for name, weight in start.backbone.timm_model.state_dict().items())


@pytest.mark.parametrize(
    ('change', 'words'),
    [
        (
            lambda: timm.create_model('mobilenetv3_small_050').state_dict(),
            'weights of another network (conv_stem.weight',
        ),
        (lambda: {'head.weight': torch.ones(3, 64)}, 'a head alone'),
        (lambda: {'note': 1}, 'holds no weights'),
        (lambda: {}, 'holds no weights'),
        (
            lambda: MODELS.build(MODEL | dict(backbone=BACKBONE | dict(channels=(8, 16, 32, 48)))).state_dict(),
            'other parts',
        ),
    ],
)
def test_other_files_are_told_apart(path, change, words):
    with pytest.raises(CheckpointError) as caught:
        built(written(path, change()))
    assert words in str(caught.value)
    assert '\n' not in str(caught.value)


def test_the_network_that_the_checkpoint_has_on_record_is_named(path):
    other = MODEL | dict(backbone=dict(type='TimmFeatures', model_name='resnet14t', channels=WIDTHS))
    written(path, MODELS.build(other).state_dict(), cfg=Config(dict(model=other)).pretty_text)
    with pytest.raises(CheckpointError, match='a model of resnet14t, this one has resnet10t'):
        built(path)


def test_another_shape_is_told(model, path):
    state = model.state_dict() | {FIRST: torch.ones(5, 3, 3, 3)}
    with pytest.raises(CheckpointError, match=rf'1 of .*{FIRST} \(\(5, 3, 3, 3\) in the file, \(\d+, 3, 3, 3\) in the'):
        built(written(path, state))


def test_a_neck_that_ends_too_early_is_an_error(path):
    longer = MODEL | dict(neck=[dict(type='GeM'), dict(type='BNNeck', out_channels=16)])
    written(path, MODELS.build(longer).state_dict())
    with pytest.raises(CheckpointError, match=r'\d weights in it have no place in this model, the first is neck\.1\.'):
        built(path)


def test_modules_that_resample_their_weights_may(path):
    """Position embeddings of mmpretrain's transformers fit any size of image."""
    arch = dict(embed_dims=16, num_layers=1, num_heads=2, feedforward_channels=16)
    backbone = dict(type='mmpretrain.VisionTransformer', arch=arch, patch_size=16, out_type='avg_featmap')
    vit = dict(type='ReIDClassifier', neck=dict(type='BNNeck', in_channels=16), head=MODEL['head'])
    vit |= dict(data_preprocessor=dict(mean=[0.0], std=[1.0]))
    small, large = (MODELS.build(vit | dict(backbone=backbone | dict(img_size=size))) for size in (32, 64))
    assert small.backbone.pos_embed.shape != large.backbone.pos_embed.shape
    load_to_embed(large, dict(state_dict=small.state_dict()), path)
    assert torch.equal(large.backbone.pos_embed[:, :1], small.backbone.pos_embed[:, :1])


def test_a_training_cannot_start_from_what_fits_nowhere(model, path, said):
    for state in (timm.create_model('resnet10t', channels=WIDTHS).state_dict(), {'head.weight': torch.ones(3, 64)}):
        with pytest.raises(CheckpointError, match=r'epoch_1\.pth: (\d+) of the \1 weights'):
            load_to_start_from(MODELS.build(MODEL), dict(state_dict=state), path)
    assert said == []


def test_what_a_training_starts_with_at_random_is_named(model, path, said):
    state = model.state_dict()
    load_to_start_from(MODELS.build(MODEL), dict(state_dict=state), path)
    assert said == []
    state[CENTRES] = torch.ones(9, 64)
    del state[FIRST]
    start = MODELS.build(MODEL)
    load_to_start_from(start, dict(state_dict=state), path)
    ((level, text),) = said
    assert level == logging.WARNING
    assert f'for {FIRST}, {CENTRES}, which start as they would without it' in text
    fitting_names = state.keys() - {CENTRES}
    assert all(torch.equal(start.state_dict()[name], state[name]) for name in fitting_names)


def test_a_random_network_is_the_same_each_time_and_its_fingerprint_knows_it():
    loader = Config(dict(dataset=dict(pipeline=[dict(type='LoadRGBA')])))
    cfg = Config(deepcopy(CFG))
    one = built('none')
    torch.manual_seed(5)
    other = built('none')
    np.testing.assert_array_equal(embeddings(one), embeddings(other))
    fingerprint = encoder_fingerprint(cfg, one, loader)
    assert encoder_fingerprint(cfg, other, loader) == fingerprint
    assert encoder_fingerprint(cfg, built('none', randomness=dict(seed=1)), loader) != fingerprint
    with torch.no_grad():
        other.head.losses.arcface.weight.add_(1)  # enters no embedding
        assert encoder_fingerprint(cfg, other, loader) == fingerprint
        other.backbone.timm_model.bn1.running_mean[0] += 1e-6
    assert encoder_fingerprint(cfg, other, loader) != fingerprint
    one.data_preprocessor.mean[0] += 1  # in no file
    assert encoder_fingerprint(cfg, one, loader) != fingerprint
