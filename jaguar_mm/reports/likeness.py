"""Why two images look alike to a network: the parts of each that make its embedding like the other's."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from jaguar_mm.encoders import Encoder
from jaguar_mm.encoders.records import records_of
from jaguar_mm.reports.rollout import carried_back
from jaguar_mm.reports.sheet import QUERY, UNKNOWN, Tile, draw_rows

STRONGEST = 0.6  # share of colour where the map is highest


def likeness_maps(network: nn.Module, images: Tensor) -> tuple[Tensor, Tensor]:
    """Return where two images look alike: Grad-CAM of the cosine of each with the other's embedding.

    Selvaraju et al., ICCV 2017, equations 1 and 2, with this cosine in the place of the score of a class. The length of
    the image's own embedding is held fixed: else the gradient would say what two images lack to be quite alike, and be
    zero between equal ones. So, where an embedding is the average of a map, the places add up to the cosine, before the
    negative ones are set to 0.

    Args:
        network: With a ``backbone`` from images to maps and a ``neck`` from maps to vectors, each in a tuple, such as
            an :class:`~jaguar_mm.networks.EmbeddingNetwork`; switched to evaluation.
        images: Two normalised images (2, 3, H, W).

    Returns:
        Maps (2, h, w) of the size of the network's last one, 0 or more, and the cosine, a scalar.
    """
    with torch.no_grad():
        *earlier, last = network.backbone(images)
    last = last.detach().requires_grad_()  # (2, C, h, w)
    with torch.enable_grad():
        embedding = network.neck((*earlier, last))[-1]  # (2, D)
        embedding = embedding.to(torch.promote_types(embedding.dtype, torch.float32))
        unit = embedding / embedding.detach().norm(dim=1, keepdim=True)
        cosines = (unit * unit.detach().flip(0)).sum(1)  # (2,)
        (gradient,) = torch.autograd.grad(cosines.sum(), last)
    weights = gradient.mean((2, 3), keepdim=True)
    return (weights * last.detach()).sum(1).relu(), cosines[0].detach()


def draw_likeness(encoder: Encoder, pairs: Sequence[tuple], rollout: bool = False) -> np.ndarray:
    """Draw pairs of images, each image beside its map of :func:`likeness_maps`.

    Args:
        encoder: Of a published model, or the built-in one, see :func:`~jaguar_mm.encoders.load_encoder`.
        pairs: At least one pair of files, or of arrays (uint8, RGB or RGBA).
        rollout: Whether to carry the maps back to the patches that a transformer has mixed, see
            :func:`~jaguar_mm.reports.rollout.carried_back`.

    Returns:
        RGB image uint8 (H, W, 3), a row for each pair.

    Raises:
        ImageError: If an image cannot be read or lacks what the preprocessing needs.
        ValueError: If an image is paired with itself, or ``rollout`` is asked of a network that does not attend so.
    """
    return draw_rows([_row(encoder, pair, rollout) for pair in pairs])


def _row(encoder: Encoder, pair: tuple, rollout: bool) -> list[Tile]:
    records = records_of(pair)
    seen = np.stack([encoder.prepare(record) for record in records])  # (2, H, W, 3)
    network, images = encoder.network.network, encoder.network.normalised(seen)
    maps, cosine = likeness_maps(network, images)
    maps = carried_back(maps, network.backbone, images) if rollout else maps
    tiles = []
    for record, image, heat in zip(records, seen, maps.float().cpu().numpy(), strict=True):
        name = str(record['image_name'])
        tiles += [Tile(image, name, QUERY), Tile(coloured(image, heat), f'{cosine:.3f}', UNKNOWN)]
    return tiles


def coloured(image: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """Lay a map over an image, yellow where it is highest.

    Args:
        image: uint8 (H, W, 3) in RGB order.
        heat: Values of 0 or more (h, w); the highest has the strongest colour.

    Returns:
        uint8 (H, W, 3).
    """
    height, width = image.shape[:2]
    share = cv2.resize(heat / max(float(heat.max()), np.finfo(np.float32).tiny), (width, height))[..., None]
    colours = cv2.applyColorMap((255 * share).round().astype(np.uint8), cv2.COLORMAP_VIRIDIS)[..., ::-1]
    return (image + STRONGEST * share * (colours.astype(np.float32) - image)).round().astype(np.uint8)
