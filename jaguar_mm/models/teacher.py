"""A teacher: a finished model whose embeddings another one learns from."""

from __future__ import annotations

import os
from functools import cached_property

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from jaguar_mm.encoders import Encoder, load_encoder
from jaguar_mm.randomness import undisturbed


class Teacher:
    """A published model that embeds the batches of a training.

    It is no part of the model that it teaches: optimiser, averages, checkpoints and copies of that model are without
    it. Its file is read when it is first asked, so that nobody needs it to test what it has taught.

    Args:
        path: What ``jaguar-mm publish`` wrote, or ``'built-in'``, see :func:`~jaguar_mm.encoders.load_encoder`.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        self.path = path

    def __deepcopy__(self, memo: dict) -> Teacher:
        return self

    @torch.no_grad()
    def __call__(self, pixels: Tensor) -> Tensor:
        """Embed a batch, in the size of images that the teacher is tested with.

        Args:
            pixels: RGB on the scale of 0 to 255 (B, 3, H, W).

        Returns:
            Unit vectors (B, T), float32.

        Raises:
            ValueError: If the file is no published model.
        """
        network = self.encoder.network
        images = pixels.to(network.device)
        if images.shape[-2:] != self.size:
            images = F.interpolate(images, self.size, mode='bicubic', antialias=True, align_corners=False)
        return network.network((images - network.mean) / network.std).to(pixels.device)

    @cached_property
    def encoder(self) -> Encoder:
        """The model."""
        try:
            with undisturbed():
                return load_encoder(self.path)
        except (OSError, ValueError) as error:
            raise ValueError(f'model.teacher: {error}') from error

    @cached_property
    def size(self) -> tuple[int, int]:
        """Height and width of what its own preprocessing makes of an image."""
        blank = np.full((64, 64, 4), 255, np.uint8)
        return self.encoder.prepare(dict(image=blank)).shape[:2]
