"""Batches of images to embeddings: some are prepared by threads while one is embedded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, NamedTuple, Protocol

import numpy as np

from jaguar_mm.encoders.records import Record
from jaguar_mm.images import ImageError

AHEAD = 2  # batches that are prepared while one is embedded
Prepare = Callable[[Record], np.ndarray]


class Result(NamedTuple):
    """What came of a batch.

    Attributes:
        embeddings: Of the images that can be used, float32 (B, V, D), the plain view first.
        unusable: Place in the batch to what is wrong with the image there.
    """

    embeddings: np.ndarray
    unusable: Mapping[int, str]


class Network(Protocol):
    """What embeds a batch of prepared images (B, H, W, 3) under some views; the plain one's name is empty.

    ``half`` says whether it computes in automatic mixed precision.
    """

    half: bool

    @property
    def views(self) -> Mapping[str, Any]:
        """Name of each view that can be asked for, to what makes it."""

    def __call__(self, images: np.ndarray, views: Sequence[str]) -> dict[str, np.ndarray]:
        """Return view to embeddings, float32 (B, D)."""


def embed_batches(
    network: Network,
    prepare: Prepare,
    plan: Sequence[list[Record]],
    views: Sequence[str],
    *,
    workers: int = 1,
    leave_out: bool = False,
) -> Iterator[Result]:
    """Embed batches of images.

    Args:
        network: Embeds prepared images.
        prepare: From a record to what the network sees (H, W, 3).
        plan: The records of each batch.
        views: Names of the views wanted besides the plain one.
        workers: Threads that prepare images.
        leave_out: Whether an image that cannot be used is left out.

    Yields:
        The result of each batch.

    Raises:
        ImageError: If an image cannot be used and is not to be left out.
    """
    for batch, prepared in zip(plan, _prepared(prepare, plan, workers), strict=True):
        unusable = {place: str(image) for place, image in enumerate(prepared) if isinstance(image, ImageError)}
        if unusable and not leave_out:
            raise ImageError(next(iter(unusable.values())))
        usable = [(batch[place], image) for place, image in enumerate(prepared) if isinstance(image, np.ndarray)]
        if not usable:
            yield Result(np.empty((0, 0, 0), np.float32), unusable)
            continue
        images = _stacked(*zip(*usable, strict=True))
        embedded = network(images, views)
        yield Result(np.stack([embedded[view] for view in ('', *views)], axis=1), unusable)


def _prepared(prepare: Prepare, plan: Sequence[list[Record]], workers: int) -> Iterator[list[np.ndarray | ImageError]]:
    """Yield the prepared images of each batch, or what is wrong with them."""

    def attempt(record: Record) -> np.ndarray | ImageError:
        try:
            return prepare(record)
        except ImageError as error:
            return error

    with ThreadPoolExecutor(max(1, workers)) as pool:
        batches = iter(plan)
        waiting = [[pool.submit(attempt, record) for record in batch] for batch in islice(batches, AHEAD)]
        try:
            while waiting:
                yield [image.result() for image in waiting.pop(0)]
                waiting += [[pool.submit(attempt, record) for record in batch] for batch in islice(batches, 1)]
        finally:
            pool.shutdown(cancel_futures=True)


def _stacked(batch: Sequence[Record], images: Sequence[np.ndarray]) -> np.ndarray:
    """Return images of one size as an array (B, H, W, 3)."""
    shapes = [image.shape for image in images]
    odd = next((place for place, shape in enumerate(shapes) if shape != shapes[0]), None)
    if odd is not None:
        raise ValueError(
            f'{batch[odd]["image_name"]} comes out of the preprocessing as {shapes[odd][1]} x {shapes[odd][0]} pixels, '
            f'{batch[0]["image_name"]} as {shapes[0][1]} x {shapes[0][0]}; embed one at a time (batch_size=1)'
        )
    return np.stack(images)
