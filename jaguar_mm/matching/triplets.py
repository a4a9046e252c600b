"""Which images a matcher learns from: an image, another one of the same pattern, and others of other animals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaguar_mm.randomness import generator


class Known(NamedTuple):
    """What is known of the images, one entry each (N).

    Attributes:
        patterns: The pattern it shows: the animal, or its flank where the flanks are told apart.
        animals: The animal it shows.
        groups: The burst it belongs to, None if to none.
    """

    patterns: Sequence[object]
    animals: Sequence[str]
    groups: Sequence[str | None]


class Draw(NamedTuple):
    """One anchor with what it is compared with, as indices of images.

    Attributes:
        anchor: The image.
        positive: Another one of the same pattern, not of the same burst.
        negatives: Some of other animals, int64 (n,).
    """

    anchor: int
    positive: int
    negatives: np.ndarray


class Triplets:
    """Draw triplets; which ones depends on the seed and the step alone.

    Args:
        known: What is known of the images.
        usable: The images to draw from, as indices.
    """

    def __init__(self, known: Known, usable: Sequence[int]) -> None:
        self.usable = np.array(usable, np.int64)
        self.animals = np.array([known.animals[image] for image in usable], object)
        alike: dict[object, list[int]] = {}
        for image in usable:
            alike.setdefault(known.patterns[image], []).append(image)
        partners = {
            image: [other for other in alike[known.patterns[image]] if _are_apart(known, image, other)]
            for image in usable
        }
        several = len(set(self.animals)) > 1
        self.partners = {image: others for image, others in partners.items() if others and several}
        self._animal_of = known.animals

    def __len__(self) -> int:
        """Return how many images have a partner."""
        return len(self.partners)

    def draw(self, stream: str, seed: int, step: int, count: int, sample: int) -> list[Draw]:
        """Draw some triplets.

        Args:
            stream: What they are for, see :func:`~jaguar_mm.randomness.generator`.
            seed: Seed.
            step: Step of the training.
            count: How many.
            sample: Negatives of every second one, of which the hardest is to be taken; the others have a random one.
        """
        random, anchors = generator(stream, seed, step), list(self.partners)
        draws = []
        for place, anchor in enumerate(random.choice(anchors, count).tolist()):
            others = self.usable[self.animals != self._animal_of[anchor]]
            negatives = random.choice(others, min(sample if place % 2 == 0 else 1, len(others)), replace=False)
            draws.append(Draw(anchor, int(random.choice(self.partners[anchor])), negatives))
        return draws


def _are_apart(known: Known, one: int, other: int) -> bool:
    return one != other and (known.groups[one] is None or known.groups[one] != known.groups[other])
