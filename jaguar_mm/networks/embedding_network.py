"""From normalised images to embeddings: a backbone, and the parts that make one vector of its map."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from jaguar_mm.networks.bnneck import BNNeck
from jaguar_mm.networks.concatenate import Concatenate
from jaguar_mm.networks.gem import GeM
from jaguar_mm.networks.lora import LoRAFeatures
from jaguar_mm.networks.pooling import AveragePooling
from jaguar_mm.networks.timm_features import TimmFeatures
from jaguar_mm.networks.timm_pooling import TimmPooling
from jaguar_mm.networks.widths import width_behind, with_width

BACKBONES = {'TimmFeatures': TimmFeatures, 'LoRAFeatures': LoRAFeatures}
NECKS = {
    'GeM': GeM,
    'BNNeck': BNNeck,
    'Concatenate': Concatenate,
    'GlobalAveragePooling': AveragePooling,
    'TimmPooling': TimmPooling,
}
NO_WEIGHTS = dict(pretrained=False, checkpoint_path='')  # they come from the file that describes the network


class EmbeddingNetwork(nn.Module):
    """A network whose output is the embedding.

    Args:
        backbone: From images (B, 3, H, W) to maps in a tuple.
        neck: From these to vectors (B, D) in a tuple.
    """

    def __init__(self, backbone: nn.Module, neck: nn.Module) -> None:
        super().__init__()
        self.backbone, self.neck = backbone, neck

    def forward(self, inputs: Tensor) -> Tensor:
        """Return L2-normalised float32 embeddings (B, D) of normalised images (B, 3, H, W)."""
        return F.normalize(self.neck(self.backbone(inputs))[-1].float())


def build_network(backbone: Mapping[str, Any], neck: Sequence[Mapping[str, Any]]) -> EmbeddingNetwork:
    """Build a network from its description, with random weights.

    Args:
        backbone: ``type`` and arguments, as in a config's ``model.backbone``.
        neck: The same of each part of ``model.neck``, in order.

    Raises:
        ValueError: If a part is none of those that need no OpenMMLab.
    """
    built = _build(dict(backbone) | NO_WEIGHTS, BACKBONES, 'backbone', None)
    width, necks = width_behind(built, None), nn.Sequential()
    for part in neck:
        necks.append(_build(part, NECKS, 'neck', width))
        width = width_behind(necks[-1], width)
    return EmbeddingNetwork(built, necks)


def weights_digest(network: nn.Module) -> str:
    """Return the SHA-256 of the names, types, shapes and values of all weights and buffers of a network."""
    digest = hashlib.sha256()
    for name, value in sorted(network.state_dict().items()):
        digest.update(json.dumps([name, str(value.dtype), list(value.shape)]).encode())
        digest.update(value.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def _build(description: Mapping[str, Any], known: Mapping[str, type], what: str, width: int | None) -> nn.Module:
    arguments = dict(description)
    kind = str(arguments.pop('type')).rpartition('.')[2]
    if kind not in known:
        raise ValueError(
            f'the {what} {kind!r} is none of {", ".join(known)}, which run without OpenMMLab; embed with the config '
            f'and checkpoint instead'
        )
    return known[kind](**with_width(arguments, known[kind], width, what))
