"""Drawn animals, and a matcher whose answers are known."""

import numpy as np

from jaguar_mm.images import LoadedImage
from jaguar_mm.matching import Keypoints, Matches


def spotted(seed=0, height=120, width=160, has_alpha=True):
    """An image with dark spots on an ellipse, which is its mask."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    pixels = np.full((height, width, 3), 90, np.uint8) + random.integers(0, 25, (height, width, 1), dtype=np.uint8)
    animal = ((x - width / 2) / (0.4 * width)) ** 2 + ((y - height / 2) / (0.35 * height)) ** 2 < 1
    pixels[animal] = (200, 160, 90)
    for cx, cy, radius in zip(*(random.random((3, 60)) * [[width], [height], [6]]), strict=True):
        pixels[animal & ((x - cx) ** 2 + (y - cy) ** 2 < (2 + radius) ** 2)] = random.integers(0, 80, 3)
    alpha = np.where(animal, 255, 0).astype(np.uint8) if has_alpha else np.full((height, width), 255, np.uint8)
    return LoadedImage(np.dstack([pixels, alpha]), has_alpha)


def keypoints(count, seed=0, width=4):
    random = np.random.default_rng(seed)
    descriptors = random.normal(size=(count, width)).astype(np.float16)
    points = random.random((count, 2)).astype(np.float32) * 100
    return Keypoints(points, descriptors, np.ones(count, np.float32), np.array([0, 0, 100, 100], np.float32))


class Nearest:
    """Each point of the first image corresponds to the nearest of the second, as certain as it is near."""

    fingerprint = 'nearest'
    learned = ''

    def __init__(self):
        self.asked = []

    def detect(self, animal):
        self.asked.append(animal)
        return keypoints(int(animal.inside.sum()) % 7, seed=int(animal.pixels.sum()))

    def match(self, first, second):
        self.asked.append(len(first))
        return [self.one(a, b) for a, b in zip(first, second, strict=True)]

    @staticmethod
    def one(first, second):
        places = [(i, int(np.argmin(np.abs(second.descriptors - d).sum(1)))) for i, d in enumerate(first.descriptors)]
        confidences = [1 / (1 + np.abs(first.descriptors[i] - second.descriptors[j]).sum()) for i, j in places]
        return Matches(np.array(places), np.array(confidences, np.float32))
