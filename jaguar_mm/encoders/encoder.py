"""An encoder: from images to a set of embeddings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from jaguar_mm.encoders.records import Record, columns_of, names_of, records_of
from jaguar_mm.images import picture_fingerprint
from jaguar_mm.storage import Batches, EmbeddingSet, EncoderFingerprint

AHEAD = 2  # batches that are prepared while one is embedded


class Network(Protocol):
    """What embeds a batch of prepared images, uint8 (B, H, W, 3), under some views; the plain one's name is empty."""

    views: Mapping[str, Any]

    def __call__(self, images: np.ndarray, views: Sequence[str]) -> dict[str, np.ndarray]:
        """Return view to embeddings, float32 (B, D)."""


class Encoder:
    """A network with the preprocessing that belongs to it.

    ``encoder(paths)`` embeds files, ``encoder(arrays)`` images in memory, ``encoder(dataset)`` a data set with all its
    columns.

    Args:
        network: Embeds prepared images.
        prepare: From a record (``img_path``, or ``image`` for an array) to what the network sees, uint8 (H, W, 3).
        fingerprint: What tells it from other encoders.
    """

    def __init__(
        self, network: Network, prepare: Callable[[Record], np.ndarray], fingerprint: EncoderFingerprint
    ) -> None:
        self.network, self.prepare, self.fingerprint = network, prepare, fingerprint

    @property
    def views(self) -> tuple[str, ...]:
        """Names of the test-time views that can be asked for."""
        return tuple(self.network.views)

    def __call__(
        self,
        images: Any,
        *,
        names: Sequence[str] | None = None,
        views: Sequence[str] = (),
        batch_size: int = 32,
        workers: int = 1,
        parts: Path | None = None,
        advance: Callable[[int], None] = lambda images: None,
    ) -> EmbeddingSet:
        """Embed images.

        Args:
            images: Files, arrays (uint8, RGB or RGBA), records (dicts), or a data set.
            names: Their names; by default the path as given, the record's ``image_name``, or ``image 0`` and so on.
            views: Names of test-time views to embed as well.
            batch_size: Images that are embedded at once.
            workers: Threads that read and prepare images.
            parts: Folder in which finished batches are kept, so that an interrupted call, repeated, goes on where it
                was; removed at the end. Only for images in files.
            advance: Called with the number of images after each batch, those of an interrupted call included.

        Returns:
            The embeddings, in the order of the images.

        Raises:
            ImageError: If an image cannot be read or lacks what the preprocessing needs.
            ValueError: If there are no images, a name comes twice, or a view is not known.
        """
        records = records_of(images, names)
        if unknown := [view for view in views if view not in self.views]:
            raise ValueError(f'the encoder has no view {unknown[0]!r}, only {", ".join(self.views) or "the plain one"}')
        wanted = ('', *views)
        plan = [records[start : start + batch_size] for start in range(0, len(records), batch_size)]
        if parts is None:
            results = []
            for batch, result in self._embed(plan, views, workers):
                results.append(result)
                advance(len(batch))
            stacked = np.concatenate(results, axis=1)
        else:
            stacked = self._embed_in_parts(plan, views, workers, parts, advance)
        return EmbeddingSet(
            names=names_of(records),
            vectors=stacked[0],
            columns=columns_of(records),
            views=dict(zip(wanted[1:], stacked[1:], strict=True)),
            encoder=self.fingerprint,
        )

    def _embed_in_parts(
        self,
        plan: list[list[Record]],
        views: Sequence[str],
        workers: int,
        parts: Path,
        advance: Callable[[int], None],
    ) -> np.ndarray:
        """Embed what is missing and return all of it (V, N, D)."""
        paths = {record['image_name']: record['img_path'] for batch in plan for record in batch}
        job = {
            'encoder': self.fingerprint.to_json(),
            'views': list(views),
            'batch_size': len(plan[0]),
            'images': picture_fingerprint(paths),
        }
        batches = Batches(parts, job, len(plan))
        missing = batches.missing()
        advance(sum(map(len, plan)) - sum(len(plan[place]) for place in missing))
        for place, (batch, result) in zip(
            missing, self._embed([plan[i] for i in missing], views, workers), strict=True
        ):
            batches.keep(place, result.swapaxes(0, 1))
            advance(len(batch))
        joined = batches.joined().swapaxes(0, 1)
        batches.discard()
        return joined

    def _embed(
        self, plan: Sequence[list[Record]], views: Sequence[str], workers: int
    ) -> Iterator[tuple[list[Record], np.ndarray]]:
        """Yield each batch with its embeddings (V, B, D), the plain view first."""
        for batch, prepared in zip(plan, self._prepared(plan, workers), strict=True):
            found = self.network(_stacked(batch, prepared), views)
            yield batch, np.stack([found[view] for view in ('', *views)])

    def _prepared(self, plan: Sequence[list[Record]], workers: int) -> Iterator[list[np.ndarray]]:
        """Yield the prepared images of each batch; some batches are prepared ahead."""
        with ThreadPoolExecutor(max(1, workers)) as pool:
            batches = iter(plan)
            waiting = [[pool.submit(self.prepare, record) for record in batch] for batch in islice(batches, AHEAD)]
            try:
                while waiting:
                    yield [image.result() for image in waiting.pop(0)]
                    waiting += [[pool.submit(self.prepare, record) for record in batch] for batch in islice(batches, 1)]
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
