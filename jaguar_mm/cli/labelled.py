"""Embeddings of known animals, as several verbs learn or measure with."""

from __future__ import annotations

from pathlib import Path

from jaguar_mm.cli.flags import refuse_folder
from jaguar_mm.evaluation.sides import Sides, sides_by_role
from jaguar_mm.storage import EmbeddingSet, load_embeddings


def labelled_sides(path: Path) -> Sides:
    """Return queries and gallery by their role; without roles all images are matched among themselves.

    Raises:
        ValueError: If it is a folder, no image is of known identity, some images lack a role or one role is missing.
    """
    refuse_folder(path)
    return sides_of(load_embeddings(path), str(path))


def sides_of(images: EmbeddingSet, called: str) -> Sides:
    """Return the same of embeddings.

    Args:
        images: The embeddings.
        called: Their file.
    """
    if not any(images.columns.get('identity', ())):
        raise ValueError(f'{called}: has no identities; embed a labelled set (--set val), or give --animal-folders')
    try:
        return sides_by_role(images)
    except ValueError as error:
        raise ValueError(f'{called}: {error}') from error
