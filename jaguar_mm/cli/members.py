"""Embeddings of the same images by several models, as verbs are given them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jaguar_mm.cli.flags import refuse_folder
from jaguar_mm.storage import EmbeddingSet, load_embeddings


def load_members(paths: Sequence[Path]) -> dict[str, EmbeddingSet]:
    """Return embeddings by each model, by the name of their file.

    Raises:
        ValueError: If one is a folder, or given twice.
    """
    members: dict[str, EmbeddingSet] = {}
    for path in paths:
        refuse_folder(path)
        if str(path) in members:
            raise ValueError(f'{path}: is given twice; give the embeddings by each model once')
        members[str(path)] = load_embeddings(path)
    return members
