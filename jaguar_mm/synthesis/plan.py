"""Which images a competition has, and what each is of: all drawn before the first one is rendered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from jaguar_mm.synthesis.names import MOST_NAMES, jaguar_names
from jaguar_mm.synthesis.streams import Stream, generator

FLANKS = ('left', 'right')
SMALLEST = 32  # pixels


@dataclass(frozen=True)
class CompetitionSpec:
    """What a synthetic competition is to be like; the same specification gives the same files, byte by byte.

    Attributes:
        seed: Seed; another one gives other animals with other names.
        identities: Animals.
        train_per_identity: Training images of each.
        test_per_identity: Test images of each.
        flanks: 1 if only left flanks are photographed, 2 if both.
        size: Longer side of every image in pixels.
        burst_length: Mean number of near-duplicates in a row among the training images; test images stand alone.
        background_reliance: Probability that an image is taken at the animal's own station, not at any.
        round: 1 keeps the background where alpha is 0, 2 makes it black.
        shift: How much further pose, light and plants of test images go than those of training images.

    Raises:
        ValueError: If a value is out of range; the message names it.
    """

    seed: int = 0
    identities: int = 16
    train_per_identity: int = 40
    test_per_identity: int = 12
    flanks: int = 1
    size: int = 384
    burst_length: float = 1.5
    background_reliance: float = 0.0
    round: int = 1
    shift: float = 0.0

    def __post_init__(self) -> None:
        allowed = {
            'seed': (0, np.inf),
            'identities': (1, MOST_NAMES),
            'train_per_identity': (1, np.inf),
            'test_per_identity': (0, np.inf),
            'flanks': (1, 2),
            'size': (SMALLEST, np.inf),
            'burst_length': (1, np.inf),
            'background_reliance': (0, 1),
            'round': (1, 2),
            'shift': (0, 1),
        }
        for name, (low, high) in allowed.items():
            if not low <= getattr(self, name) <= high:
                raise ValueError(f'{name} must be between {low} and {high}, not {getattr(self, name)}')


@dataclass(frozen=True)
class ImagePlan:
    """One image to be rendered.

    Attributes:
        number: Its address among random numbers, unique over both splits.
        filename: Such as ``train_0001.png``.
        split: ``'train'`` or ``'test'``.
        identity: Number of the animal.
        name: Name of the animal.
        flank: 0 for the left, 1 for the right.
        burst: Number of its burst, unique over both splits.
        camera: Number of the station.
    """

    number: int
    filename: str
    split: str
    identity: int
    name: str
    flank: int
    burst: int
    camera: int


class _Shot(NamedTuple):
    """What is drawn for one image."""

    identity: int
    flank: int
    camera: int
    opens_burst: bool


def plan_images(spec: CompetitionSpec) -> list[ImagePlan]:
    """Plan all images: training images sorted by name, bursts in a row, then test images in random order."""
    rng, names = generator(spec.seed, Stream.PLAN), jaguar_names(spec.identities, spec.seed)
    everyone = range(spec.identities)
    train = [shot for i in everyone for shot in _shots(rng, spec, i, spec.train_per_identity, spec.burst_length)]
    test = [shot for i in everyone for shot in _shots(rng, spec, i, spec.test_per_identity, 1.0)]
    mixed = [test[place] for place in rng.permutation(len(test))]
    plans, burst = [], -1
    for split, shots in (('train', train), ('test', mixed)):
        for place, (identity, flank, camera, opens_burst) in enumerate(shots, 1):
            burst += opens_burst
            filename = f'{split}_{place:04d}.png'
            plans.append(ImagePlan(len(plans), filename, split, identity, names[identity], flank, burst, camera))
    return plans


def _shots(
    rng: np.random.Generator, spec: CompetitionSpec, identity: int, images: int, mean_burst: float
) -> Iterator[_Shot]:
    """Yield the images of one animal in one split, in bursts of geometrically distributed length."""
    while images:
        length = min(images, int(rng.geometric(1 / mean_burst)))
        own = rng.random() < spec.background_reliance
        camera = identity if own else int(rng.integers(spec.identities))  # every animal has a station of its own
        shot = _Shot(identity, int(rng.integers(spec.flanks)), camera, opens_burst=True)
        yield from [shot] + [shot._replace(opens_burst=False)] * (length - 1)
        images -= length
