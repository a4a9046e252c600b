"""A torch network as the middle of an encoder: prepared images in, embeddings of every view out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from jaguar_mm.networks import EmbeddingTTA, chosen_device, has_bfloat16, on_device


class TorchNetwork:
    """Embed batches of prepared images.

    Args:
        network: From normalised images (B, 3, H, W) to unit embeddings (B, D).
        mean: Of the pixels (R, G, B), on the scale of 0 to 255.
        std: Their standard deviation.
        views: Name to the test-time views that are averaged.
        device: ``'cpu'``, ``'cuda'``, ...; by default the GPU if there is one.
        half: Whether to compute in automatic mixed precision.

    Raises:
        ValueError: If it cannot.
    """

    def __init__(
        self,
        network: nn.Module,
        mean: Sequence[float],
        std: Sequence[float],
        views: Mapping[str, EmbeddingTTA],
        device: str | torch.device | None = None,
        half: bool = False,
    ) -> None:
        self.device = chosen_device(device)
        self.network = on_device(network, self.device).eval()
        self.mean, self.std = (
            torch.tensor(values, dtype=torch.float32, device=self.device).view(3, 1, 1) for values in (mean, std)
        )
        self.views = dict(views)
        self.half = half
        if half and self.device.type == 'cpu' and not has_bfloat16():
            raise ValueError('this processor does not compute in bfloat16: embed in float32, without amp')

    def __call__(self, images: np.ndarray, views: Sequence[str]) -> dict[str, np.ndarray]:
        """Embed a batch.

        Args:
            images: uint8 (B, H, W, 3) in RGB order.
            views: Names of the views wanted besides the plain one.

        Returns:
            View to embeddings, float32 (B, D); the plain one's name is empty.
        """
        with torch.inference_mode(), torch.autocast(self.device.type, enabled=self.half):
            normalised = self.normalised(images)
            plain = self.network(normalised)
            found = {'': plain} | {name: self.views[name](self.network, normalised, plain) for name in views}
        return {name: _array(embeddings) for name, embeddings in found.items()}

    def normalised(self, images: np.ndarray) -> Tensor:
        """Return what the network takes, float32 (B, 3, H, W), of images uint8 (B, H, W, 3)."""
        inputs = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous().to(self.device)
        return (inputs.float() - self.mean) / self.std


def _array(embeddings: Tensor) -> np.ndarray:
    return embeddings.float().cpu().numpy()
