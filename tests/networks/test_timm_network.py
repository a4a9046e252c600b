import os
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file
from timm.layers import resample_abs_pos_embed

from jaguar_mm.networks.timm_network import create_network

RESNET, VIT = 'resnet10t', 'vit_tiny_patch16_224'


class Command:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.fixture
def original():
    return timm.create_model(RESNET, num_classes=7)


def save(model, path):
    write = save_file if path.suffix == '.safetensors' else torch.save
    write(model.state_dict(), path)
    return str(path)


@pytest.mark.parametrize('name', ['weights.pth', 'weights.safetensors'])
@pytest.mark.parametrize('pretrained', [False, True])
def test_a_local_file_gives_all_weights_but_the_classifier(name, pretrained, original, tmp_path):
    network = create_network(RESNET, pretrained, save(original, tmp_path / name))
    loaded, expected = network.state_dict(), original.state_dict()
    assert set(expected) - set(loaded) == {'fc.weight', 'fc.bias'}
    assert all(torch.equal(loaded[key], expected[key]) for key in loaded)
    assert not any(torch.is_tensor(value) or isinstance(value, dict) for value in network.pretrained_cfg.values())


def test_position_embeddings_are_resampled_to_the_size(tmp_path):
    square = timm.create_model(VIT, img_size=64)
    network = create_network(VIT, checkpoint_path=save(square, tmp_path / 'vit.pth'), img_size=(32, 96))
    expected = resample_abs_pos_embed(square.pos_embed, new_size=[2, 6], old_size=[4, 4])
    torch.testing.assert_close(network.pos_embed, expected)


def test_another_networks_weights_are_refused(original, tmp_path):
    with pytest.raises(ValueError, match=r'checkpoint_path: .* does not fit .*Missing key.*cls_token'):
        create_network(VIT, checkpoint_path=save(original, tmp_path / 'resnet.pth'))


def test_a_missing_tensor_is_named(original, tmp_path):
    del original.layer3
    with pytest.raises(ValueError, match=r'Missing key.*layer3\.0\.conv1\.weight'):
        create_network(RESNET, checkpoint_path=save(original, tmp_path / 'part.pth'))


def test_a_file_never_runs_code(original, tmp_path):
    trace = tmp_path / 'trace'
    torch.save({'state_dict': original.state_dict(), 'extra': Command(trace)}, tmp_path / 'evil.pth')
    with pytest.raises(ValueError, match=r'model\.backbone\.checkpoint_path.*cannot be read as weights'):
        create_network(RESNET, checkpoint_path=str(tmp_path / 'evil.pth'))
    assert not trace.exists()


@pytest.mark.parametrize('name', ['broken.pth', 'broken.safetensors'])
def test_a_broken_file_is_named(name, tmp_path):
    (tmp_path / name).write_bytes(b'not weights')
    with pytest.raises(ValueError, match=rf'model\.backbone\.checkpoint_path: .*{name}'):
        create_network(RESNET, checkpoint_path=str(tmp_path / name))


def test_an_absent_file_is_named():
    with pytest.raises(FileNotFoundError, match=r"model\.backbone\.checkpoint_path: there is no file 'nowhere\.pth'"):
        create_network(RESNET, pretrained=True, checkpoint_path='nowhere.pth')


def test_without_the_hub_the_error_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr('huggingface_hub.constants.HF_HUB_OFFLINE', True)
    with pytest.raises(FileNotFoundError, match=r'timm/resnet10t\.c3_in1k.*model\.backbone\.checkpoint_path'):
        create_network(RESNET, pretrained=True, cache_dir=tmp_path)


def test_weights_of_another_place_on_the_hub(original, tmp_path, monkeypatch):
    monkeypatch.setattr('huggingface_hub.constants.HF_HUB_OFFLINE', True)
    elsewhere = dict(pretrained_cfg_overlay=dict(hf_hub_id='somebody/animals', mean=(0.5, 0.5, 0.5)))
    with pytest.raises(FileNotFoundError, match=r'huggingface\.co/somebody/animals'):
        create_network(RESNET, pretrained=True, cache_dir=tmp_path, **elsewhere)
    for path in ('', save(original, tmp_path / 'weights.safetensors')):
        network = create_network(RESNET, checkpoint_path=path, **elsewhere)
        assert network.pretrained_cfg['mean'] == (0.5, 0.5, 0.5)
    assert torch.equal(network.conv1[0].weight, original.conv1[0].weight)


def test_old_weights_are_named_by_their_address(monkeypatch):
    def no_network(*_, **__):
        raise OSError('no network')

    monkeypatch.setattr('timm.models._builder.load_state_dict_from_url', no_network)
    with pytest.raises(FileNotFoundError, match=r'fetch https://\S+/seresnet18-\w+\.pth beforehand'):
        create_network('legacy_seresnet18', pretrained=True)


@pytest.mark.parametrize(
    ('name', 'hint'),
    [('resnet512', 'did you mean .*resnet152'), ('resnet18.nonsense', 'resnet18'), ('nonsense', r'timm\.list_models')],
)
def test_an_unknown_name_gets_a_suggestion(name, hint):
    with pytest.raises(ValueError, match=rf"model\.backbone\.model_name: timm has no network '{name}'; .*{hint}"):
        create_network(name)
