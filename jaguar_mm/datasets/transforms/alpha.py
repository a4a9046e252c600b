"""Decide what stands behind the animal that the alpha channel outlines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness

from jaguar_mm.images import ImageError, composite, load_rgba
from jaguar_mm.images.background import FIXED_BACKGROUNDS, donated, fixed_background, noise, solid
from jaguar_mm.registry import TRANSFORMS

BACKGROUNDS = ('random', *FIXED_BACKGROUNDS)
RANDOM_KINDS = ('solid', 'noise', 'other')
NOISE_GRAINS = (1, 2, 4, 8, 16, 32)  # pixels


class Draw(NamedTuple):
    """All that is random about one background.

    Attributes:
        kind: One of :data:`RANDOM_KINDS`.
        colour: RGB of a solid colour.
        grain: Grain of noise in pixels.
        seed: Seed of noise.
        donor: Index of the image that gives its background.
    """

    kind: str
    colour: tuple[int, int, int]
    grain: int
    seed: int
    donor: int


@TRANSFORMS.register_module()
class AlphaMask(BaseTransform):
    """Put a background behind the animal and drop the alpha channel.

    Photometric transforms come after it, as they need its three channels; geometric ones may come before, and after a
    resize there are fewer pixels to fill.

    - ``keep`` shows what lies under the mask, which one round of the competition has zeroed;
    - ``random`` draws one of ``kinds`` for every image;
    - ``blur`` blurs the image's own background;
    - ``mean`` is the mean colour of ImageNet, ``black`` is black.

    Required keys: ``img`` (H, W, 4); except for ``keep`` also ``has_alpha`` and ``img_path``; for the kind ``other``
    also ``background_donors``, the paths of images to take a background from, which this package's data sets supply,
    and ``load``, the function that loads them (LoadRGBA leaves it, so that they come from its cache; else the files
    are read).

    Modified keys: ``img``, now (H, W, 3) in RGB order.

    Args:
        background: One of :data:`BACKGROUNDS`.
        kinds: What ``random`` draws from: ``solid`` colour, ``noise``, the background of an ``other`` image.
        missing_alpha: What to do with an image without alpha: ``raise``, or ``keep`` it as it is.

    Raises:
        ValueError: If an argument is unknown, or the image has not four channels.
        KeyError: If the kind ``other`` finds no ``background_donors``.
        ImageError: If a background is asked for and the image has no alpha.
    """

    def __init__(
        self, background: str = 'random', kinds: Sequence[str] = RANDOM_KINDS, missing_alpha: str = 'raise'
    ) -> None:
        if background not in BACKGROUNDS:
            raise ValueError(f'AlphaMask.background must be one of {BACKGROUNDS}, got {background!r}')
        if not kinds or not set(kinds) <= set(RANDOM_KINDS):
            raise ValueError(f'AlphaMask.kinds must be some of {RANDOM_KINDS}, got {kinds!r}')
        if missing_alpha not in ('raise', 'keep'):
            raise ValueError(f"AlphaMask.missing_alpha must be 'raise' or 'keep', got {missing_alpha!r}")
        self.background = background
        self.kinds = tuple(kinds)
        self.missing_alpha = missing_alpha

    def transform(self, results: dict) -> dict:
        """Composite the image."""
        image = results['img']
        if image.shape[2] != 4:
            raise ValueError(f'AlphaMask needs the four channels that LoadRGBA gives, got {image.shape[2]}')
        if self.background == 'keep' or self._lacks_alpha(results):
            return results | {'img': fixed_background(image, 'keep')}
        if self.background in FIXED_BACKGROUNDS:
            return results | {'img': fixed_background(image, self.background)}
        return results | {'img': composite(image, self._draw_background(image, results))}

    def _lacks_alpha(self, results: dict) -> bool:
        """Whether the image is to be kept for want of an alpha channel."""
        if not results['has_alpha'] and self.missing_alpha == 'raise':
            raise ImageError(
                f'{results["img_path"]}: has no alpha channel, but AlphaMask.background is {self.background!r}; '
                f"set LoadRGBA.masks=True to outline the animal, or background='keep' or missing_alpha='keep'"
            )
        return not results['has_alpha']

    def _draw_background(self, image: np.ndarray, results: dict) -> np.ndarray:
        """Return a random background of the image's size, uint8 (H, W, 3)."""
        donors = self._donors(results)
        draw = self._draw(len(donors))
        if draw.kind == 'solid':
            return solid(image.shape, draw.colour)
        if draw.kind == 'noise':
            return noise(image.shape, draw.grain, draw.seed)
        load = results.get('load', load_rgba)
        return donated(load(str(donors[draw.donor])).pixels, image.shape)

    def _donors(self, results: dict) -> Sequence[str]:
        """Return the paths of the images that may give their background."""
        if 'other' not in self.kinds:
            return ()
        if 'background_donors' not in results:
            raise ValueError("the data set gives no 'background_donors'; leave 'other' out of AlphaMask.kinds")
        return results['background_donors']

    @cache_randomness
    def _draw(self, num_donors: int) -> Draw:
        """Make every random choice, from NumPy's global generator as the stock transforms do."""
        return Draw(
            kind=self.kinds[np.random.randint(len(self.kinds))],
            colour=tuple(np.random.randint(256, size=3).tolist()),
            grain=NOISE_GRAINS[np.random.randint(len(NOISE_GRAINS))],
            seed=np.random.randint(2**31),
            donor=np.random.randint(max(1, num_donors)),
        )

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(background={self.background!r}, kinds={self.kinds}, '
            f'missing_alpha={self.missing_alpha!r})'
        )
