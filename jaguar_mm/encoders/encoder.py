"""An encoder: from images to a set of embeddings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from jaguar_mm.encoders.batches import Network, Result, embed_batches
from jaguar_mm.encoders.records import Record, columns_of, names_of, records_of
from jaguar_mm.images import ImageError, image_fingerprint
from jaguar_mm.storage import Batches, EmbeddingSet, EncoderFingerprint
from jaguar_mm.storage.fingerprint import FLOAT32, MIXED


class NothingUsable(ValueError):
    """None of the images can be used."""


class Encoder:
    """A network with the preprocessing that belongs to it.

    ``encoder(paths)`` embeds files, ``encoder(arrays)`` images in memory, ``encoder(dataset)`` a data set with all its
    columns.

    Args:
        network: Embeds prepared images.
        prepare: From a record (``img_path``, or ``image`` for an array) to what the network sees, uint8 (H, W, 3).
        fingerprint: What tells it from other encoders; the precision is the network's.
    """

    def __init__(
        self, network: Network, prepare: Callable[[Record], np.ndarray], fingerprint: EncoderFingerprint
    ) -> None:
        self.network, self.prepare = network, prepare
        self.fingerprint = replace(fingerprint, precision=MIXED if network.half else FLOAT32)

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
        keep: bool = False,
        unusable: dict[str, str] | None = None,
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
            keep: Whether the folder stays, for a job of several calls that removes it itself.
            unusable: Gets the names of the images that cannot be used, with the reason; they are left out. None: the
                first one is an error.
            advance: Called with the number of images after each batch, those of an interrupted call included.

        Returns:
            The embeddings, in the order of the images.

        Raises:
            ImageError: If an image cannot be read or lacks what the preprocessing needs.
            NothingUsable: If none of the images can be used.
            ValueError: If there are no images, a name comes twice, or a view is not known.
        """
        records = records_of(images, names)
        if unknown := [view for view in views if view not in self.views]:
            raise ValueError(f'the encoder has no view {unknown[0]!r}, only {", ".join(self.views) or "the plain one"}')
        plan = [records[start : start + batch_size] for start in range(0, len(records), batch_size)]
        if parts is None:
            results = []
            for batch, result in zip(plan, self._stream(plan, views, workers, unusable is not None), strict=True):
                results.append(result)
                advance(len(batch))
        else:
            results = self._embed_in_parts(plan, views, workers, parts, keep, unusable is not None, advance)
        reasons = {
            batch[place]['image_name']: reason
            for batch, result in zip(plan, results, strict=True)
            for place, reason in result.unusable.items()
        }
        usable = [record for record in records if record['image_name'] not in reasons]
        if unusable is not None:
            unusable |= reasons
        if not usable:
            raise NothingUsable(f'none of the images can be used; the first: {next(iter(reasons.values()))}')
        stacked = np.concatenate([result.embeddings for result in results if len(result.embeddings)])  # (N, V, D)
        return EmbeddingSet(
            names=names_of(usable),
            vectors=stacked[:, 0],
            columns=columns_of(usable),
            views={view: stacked[:, place] for place, view in enumerate(views, 1)},
            encoder=self.fingerprint,
        )

    def _embed_in_parts(
        self,
        plan: list[list[Record]],
        views: Sequence[str],
        workers: int,
        parts: Path,
        keep: bool,
        leave_out: bool,
        advance: Callable[[int], None],
    ) -> list[Result]:
        """Embed what is missing and return the results of all batches."""
        paths = {record['image_name']: record['img_path'] for batch in plan for record in batch}
        job = {
            'encoder': self.fingerprint.to_json(),
            'views': list(views),
            'batch_size': len(plan[0]),
            'images': image_fingerprint(paths),
        }
        batches = Batches(parts, job, len(plan))
        missing = batches.missing()
        advance(sum(map(len, plan)) - sum(len(plan[place]) for place in missing))
        found = self._stream([plan[place] for place in missing], views, workers, leave_out)
        for place, result in zip(missing, found, strict=True):
            batches.keep(place, *result)
            advance(len(plan[place]))
        results = [Result(batches.load(place), batches.unusable(place)) for place in range(len(plan))]
        left_out = [reason for result in results for reason in result.unusable.values()]
        if left_out and not leave_out:  # by the interrupted call
            raise ImageError(left_out[0])
        if not keep:
            batches.discard()
        return results

    def _stream(
        self, plan: Sequence[list[Record]], views: Sequence[str], workers: int, leave_out: bool
    ) -> Iterator[Result]:
        return embed_batches(self.network, self.prepare, plan, views, workers=workers, leave_out=leave_out)
