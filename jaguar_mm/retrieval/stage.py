"""A step from embeddings to a ranking, and what steps pass on."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from jaguar_mm.retrieval.arrays import Array
from jaguar_mm.retrieval.plain import Plain
from jaguar_mm.retrieval.rankings import CosineRanking, Ranking


@dataclass(frozen=True, eq=False)
class State:
    """What the stages pass on.

    Attributes:
        query: Query embeddings (M, D).
        gallery: Gallery embeddings (N, D), or None for the query set against itself.
        query_views: Name of a view to the queries' embeddings of it (M, D).
        gallery_views: The same for the gallery (N, D).
        ranking: What the stage before made of them; None before the first one.
        query_columns: Name of a column to its values for the queries (M,): path, identity, whatever is known.
        gallery_columns: The same for the gallery (N,).
        earlier: Name of each stage so far to its ranking.
    """

    query: Array
    gallery: Array | None = None
    query_views: Mapping[str, Array] = field(default_factory=dict)
    gallery_views: Mapping[str, Array] = field(default_factory=dict)
    ranking: Ranking | None = None
    query_columns: Mapping[str, Sequence] = field(default_factory=dict)
    gallery_columns: Mapping[str, Sequence] = field(default_factory=dict)
    earlier: Mapping[str, Ranking] = field(default_factory=dict)

    def ranked(self) -> Ranking:
        """Return what the stage before made, or the cosines if there is none."""
        return self.ranking or CosineRanking(self.query, self.gallery)

    def ranking_of(self, name: str, asking: str) -> Ranking:
        """Return what an earlier stage made.

        Args:
            name: Its name.
            asking: The stage that builds on it, for the error.

        Raises:
            ValueError: If there is no such stage.
        """
        if name not in self.earlier:
            known = ', '.join(self.earlier) or 'none'
            raise ValueError(f'stage {asking!r} builds on {name!r}, which is no stage before it (there are: {known})')
        return self.earlier[name]

    def embedded(self, query: Array, gallery: Array | None) -> State:
        """Return a state with other embeddings, ranked by their cosines."""
        return replace(self, query=query, gallery=gallery, ranking=CosineRanking(query, gallery))


class Stage(Plain):
    """One step, a plain value.

    Attributes:
        name: Its row in a table of scores, a field of every stage.
    """

    name: str

    @abstractmethod
    def apply(self, state: State) -> State:
        """Return the state with this stage's ranking, which later stages build on."""
