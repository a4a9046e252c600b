"""Stages in a row: from embeddings to the ranking after each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from jaguar_mm.retrieval.arrays import Array
from jaguar_mm.retrieval.plain import Plain
from jaguar_mm.retrieval.rankings import Ranking
from jaguar_mm.retrieval.stage import Stage, State


@runtime_checkable
class Embedded(Protocol):
    """Images that were embedded, in one or several ways."""

    @property
    def vectors(self) -> Array:
        """Their embeddings (N, D)."""

    @property
    def views(self) -> Mapping[str, Array]:
        """Name of a view, such as 'flip', to the embeddings of it (N, D)."""


class StageRankings(Mapping[str, Ranking]):
    """Stage name to ranking, in the order of the stages; made when asked for, and kept.

    Args:
        stages: The stages.
        start: What the first one builds on.
    """

    def __init__(self, stages: tuple[Stage, ...], start: State) -> None:
        self.stages, self._states = stages, [start]

    def __getitem__(self, name: str) -> Ranking:
        place = list(self).index(name) if name in list(self) else None
        if place is None:
            raise ValueError(f'there is no stage {name!r}, only {", ".join(self)}')
        while len(self._states) <= place + 1:
            stage, before = self.stages[len(self._states) - 1], self._states[-1]
            after = stage.apply(before)
            self._states.append(replace(after, earlier={**before.earlier, stage.name: after.ranked()}))
        return self._states[place + 1].ranked()

    def __iter__(self) -> Iterator[str]:
        return iter(stage.name for stage in self.stages)

    def __len__(self) -> int:
        return len(self.stages)


@dataclass(frozen=True)
class Pipeline(Plain):
    """Retrieval as a plain value: it compares, prints, and goes to a dict and back.

    Args:
        stages: The stages, first to last.

    Raises:
        ValueError: If there is no stage, or two have one name.
    """

    stages: tuple[Stage, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, 'stages', tuple(self.stages))
        names = [stage.name for stage in self.stages]
        if not names or len(set(names)) != len(names):
            raise ValueError(f'a pipeline needs at least one stage, and stages names of their own, got {names}')

    def __call__(self, query: Array | Embedded, gallery: Array | Embedded | None = None) -> StageRankings:
        """Return the ranking after each stage, by its name.

        Args:
            query: Embeddings (M, D), or what has them as ``vectors``, with ``views`` and perhaps ``columns``.
            gallery: The same (N, D); None for the queries against themselves.

        Raises:
            ValueError: When a ranking is asked for: if a view is missing, the widths differ, or a row has NaN, Inf or
                only zeros.
        """
        vectors, views, columns = _embedded(query)
        others, other_views, other_columns = (None, {}, {}) if gallery is None else _embedded(gallery)
        start = State(vectors, others, views, other_views, query_columns=columns, gallery_columns=other_columns)
        return StageRankings(self.stages, start)

    def final(self, query: Array | Embedded, gallery: Array | Embedded | None = None) -> Ranking:
        """Return the ranking after the last stage; see :meth:`__call__`."""
        return self(query, gallery)[self.stages[-1].name]


def _embedded(images: Array | Embedded) -> tuple[Array, Mapping[str, Array], Mapping[str, Sequence]]:
    if not isinstance(images, Embedded):
        return images, {}, {}
    return images.vectors, images.views, getattr(images, 'columns', {})
