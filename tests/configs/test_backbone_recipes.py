"""Every backbone is one of timm's, sees images as its weights did, and gives a map.

No weights are there, so networks are built on the meta device, where nothing is computed. Those below 30 M parameters
train two steps in the slow tests, from random weights and on small images; the larger ones never do.
"""

from pathlib import Path

import pytest
import timm
import torch

from jaguar_mm.configs.read import read_config
from jaguar_mm.engine.checkpoints.recorded_config import preprocessing
from tests.cli.running import in_process
from tests.configs.test_recipes import RECIPES, SMALL
from tests.test_configs import build_without_weights

FOLDER = RECIPES / 'backbones'
NAMES = sorted(path.stem for path in FOLDER.glob('*.py'))
TRAINED = 30e6  # parameters that are trained here at most
INPUT = {'miewid': 440}  # where it is not that of timm's own weights; of the others timm tells it
EFFICIENTNETS = dict(b1=240, b2=260, b3=300, b4=380, b5=456, b6=528, b7=600)
FAMILIES = [
    *[('efficientnet_b0', f'tf_efficientnet_{size}.ns_jft_in1k', side) for size, side in EFFICIENTNETS.items()],
    ('eva02', 'eva02_small_patch14_336.mim_in22k_ft_in1k', 336),
    ('eva02', 'eva02_base_patch14_448.mim_in22k_ft_in22k_in1k', 448),
    ('eva02', 'eva02_large_patch14_448.mim_m38m_ft_in22k_in1k', 448),
    ('megadescriptor', 'swin_large_patch4_window12_384', 384),
]


def of(name, **options):
    return read_config(FOLDER / f'{name}.py', {key.replace('__', '.'): value for key, value in options.items()})


def step_of(pipeline, kind):
    return next(step for step in pipeline if step['type'] == kind)


def check(cfg, side):
    """See that images have this side, and that the network gives a map of them; return the network."""
    for pipeline in (cfg.train_pipeline, cfg.test_pipeline):
        assert tuple(step_of(pipeline, 'Resize')['scale']) == (side, side)
        assert step_of(pipeline, 'LoadRGBA')['size'] >= side
    backbone = build_without_weights(cfg).backbone.eval()
    with torch.device('meta'), torch.no_grad():
        (features,) = backbone(torch.empty(1, 3, side, side))
    assert features.shape[:2] == (1, backbone.feature_dim)
    assert features.shape[2] == features.shape[3] > 1
    return backbone


@pytest.mark.parametrize('name', NAMES)
def test_it_is_timms_and_sees_images_as_its_weights_did(name):
    cfg = of(name)
    settings = cfg.model.backbone
    assert settings.model_name in timm.list_models() + timm.list_pretrained()
    own = timm.get_pretrained_cfg(settings.model_name)
    built = check(cfg, INPUT.get(name, own.input_size[-1]))
    elsewhere = settings.get('pretrained_cfg_overlay', {})
    published = preprocessing(cfg.to_dict())  # what others embed with
    for moment in ('mean', 'std'):
        expected = [255 * value for value in elsewhere.get(moment, getattr(own, moment))]
        assert getattr(built, f'input_{moment}') == pytest.approx(expected)
        assert published[moment] == pytest.approx(expected)


@pytest.mark.parametrize('name', NAMES)
def test_it_starts_from_weights(name):
    settings = read_config(FOLDER / f'{name}.py').model.backbone
    own = timm.get_pretrained_cfg(settings.model_name)
    assert (settings.get('pretrained') and own.has_weights) or settings.get('checkpoint_path')


@pytest.mark.parametrize(('name', 'model_name', 'side'), FAMILIES)
def test_the_header_says_how_to_take_a_larger_one(name, model_name, side):
    header = (FOLDER / f'{name}.py').read_text(encoding='utf-8').split('\n_base_')[0]
    known = [model_name, f'{model_name[16:18]} {side}']  # EfficientNets of a list: b2 260
    assert any(it in header for it in known)
    assert timm.get_pretrained_cfg(model_name).input_size[-1] == side
    larger = dict(model__backbone__model_name=model_name, resize__scale=(side, side), load__size=side + 40)
    check(of(name, **larger), side)


@pytest.mark.slow
@pytest.mark.parametrize('name', NAMES)
def test_it_trains_two_steps_from_random_weights(name, competition, tmp_path):
    cfg = of(name)
    if sum(parameter.numel() for parameter in build_without_weights(cfg).backbone.parameters()) > TRAINED:
        pytest.skip('too large for a test')
    model_name = cfg.model.backbone.model_name
    side = 56 if 'patch14' in model_name else 64
    fixed = [f'model.backbone.img_size={side}'] if timm.get_pretrained_cfg(model_name).fixed_input_size else []
    options = [f'data_root={competition}', 'train_cfg.max_epochs=1', *SMALL, *fixed, f'resize.scale=({side},{side})']
    options.append('model.backbone.pretrained=False')
    config = FOLDER / f'{name}.py'
    done = in_process('train', config, '--no-validate', '--work-dir', tmp_path, '--cfg-options', *options)
    assert done.returncode == 0, done.stdout + done.stderr
    checkpoint = torch.load(Path((tmp_path / 'last_checkpoint').read_text()), weights_only=False)
    assert checkpoint['meta']['iter'] >= 2
    assert all(value.isfinite().all() for value in checkpoint['state_dict'].values())
