"""An animal that every network of saliency finds: an orange ellipse on grass."""

import cv2
import numpy as np


def plain_animal(height, width, seed=0):
    """Return the image, RGB, uint8 (height, width, 3), and where the animal is, bool (height, width)."""
    image = np.random.default_rng(seed).integers((90, 140, 60), (110, 160, 80), (height, width, 3)).astype(np.uint8)
    where = np.zeros((height, width), np.uint8)
    cv2.ellipse(where, (width // 2, height // 2), (width // 4, height // 4), 0, 0, 360, 1, cv2.FILLED)
    image[where == 1] = 220, 150, 40
    return image, where == 1
