"""Weights in eight bits: rounding by hand, and a published file that is small and embeds nearly the same."""

import numpy as np
import pytest
import torch

from jaguar_mm.configs.read import read_config
from jaguar_mm.encoders import load_encoder
from jaguar_mm.encoders.eight_bit import in_eight_bits, in_float
from jaguar_mm.engine.checkpoints.file import read_checkpoint
from jaguar_mm.registry import MODELS
from tests.cli.running import ROOT, in_process


@pytest.mark.parametrize('dtype', [torch.float64, torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize('shape', [(4, 6), (3, 2, 3, 3)])
def test_each_channel_is_rounded_to_127_steps(dtype, shape):
    weight = torch.randn(shape, generator=torch.Generator().manual_seed(0)).to(dtype)
    weight[1] = 0
    found = in_float(in_eight_bits({'w': weight}))['w']
    assert found.dtype == torch.float32
    for given, rounded in zip(weight.double().flatten(1).tolist(), found.flatten(1).tolist(), strict=True):
        step = max(abs(value) for value in given) / 127 or 1.0
        assert rounded == pytest.approx([round(value / step) * step for value in given], rel=1e-5, abs=1e-7)


def test_a_rounded_weight_is_rounded_no_further():
    once = in_eight_bits({'w': torch.randn(5, 7, generator=torch.Generator().manual_seed(1))})
    again = in_eight_bits(in_float(once))
    assert once['w'].dtype == torch.int8
    assert torch.equal(once['w'], again['w'])


def test_what_is_no_kernel_stays():
    weights = dict(
        bias=torch.randn(9), count=torch.tensor(3), table=torch.arange(6).view(2, 3), position=torch.randn(1, 4, 8)
    )
    rounded = in_eight_bits(weights)
    assert all(torch.equal(rounded[name], value) for name, value in weights.items())
    assert rounded.keys() == weights.keys() == in_float(rounded).keys()


@pytest.fixture(scope='module')
def files(tmp_path_factory):
    """The shipped encoder as a checkpoint, published in float32 and in eight bits."""
    folder = tmp_path_factory.mktemp('files')
    cfg = read_config(ROOT / 'configs' / 'synthetic' / 'v1_resnet10t_arcface.py')
    torch.manual_seed(0)
    state = MODELS.build(cfg.model).state_dict()
    meta = dict(cfg=cfg.pretty_text, dataset_meta=dict(classes=('Abril', 'Lua')))
    torch.save(dict(meta=meta, state_dict=state), folder / 'epoch_1.pth')
    for name, flags in (('whole', []), ('small', ['--eight-bit'])):
        done = in_process('publish', folder / 'epoch_1.pth', '--out', folder / f'{name}.safetensors', *flags)
        assert done.returncode == 0, done.stderr
    return folder, state


def test_the_file_is_a_quarter_and_embeds_nearly_the_same(files, competition):
    folder, _ = files
    assert (folder / 'small.safetensors').stat().st_size < 0.3 * (folder / 'whole.safetensors').stat().st_size
    images = sorted(competition.glob('test/**/*.png'))
    whole, small = (load_encoder(folder / f'{name}.safetensors')(images) for name in ('whole', 'small'))
    cosines = (whole.vectors * small.vectors).sum(1)
    assert len(cosines) == 9
    assert 0.998 < cosines.min() < 1
    assert whole.encoder != small.encoder  # never ranked against each other


def test_it_is_read_as_a_checkpoint_too(files):
    folder, state = files
    found = read_checkpoint(folder / 'small.safetensors')
    assert found['state_dict'].keys() == state.keys()
    for name, value in state.items():
        assert found['state_dict'][name].dtype == value.dtype
        np.testing.assert_allclose(
            found['state_dict'][name].numpy(), value.numpy(), atol=float(value.abs().max()) / 127 / 2 + 1e-6
        )
    assert found['meta']['format_version'] == 3
    assert read_checkpoint(folder / 'whole.safetensors')['meta']['format_version'] == 2  # older versions read it


def test_a_damaged_one_is_refused(files, tmp_path):
    content = bytearray((files[0] / 'small.safetensors').read_bytes())
    content[-1000] ^= 1
    (tmp_path / 'damaged.safetensors').write_bytes(content)
    with pytest.raises(ValueError, match='checksum'):
        load_encoder(tmp_path / 'damaged.safetensors')
