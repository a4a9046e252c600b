"""Which images nearly repeat each other: pairs of near vectors, and the groups that they form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from jaguar_mm.images.perceptual_hash import BITS
from jaguar_mm.retrieval import l2_normalise
from jaguar_mm.storage.files import csv_text

ENTRIES = 2**24  # cosines that are computed at once


class Evidence(NamedTuple):
    """What tells near-duplicates.

    Attributes:
        kind: What the vectors are, such as ``'hash'``.
        vectors: One an image, of unit length, float32 (N, D).
        least: Cosine from which on two images are near-duplicates.
    """

    kind: str
    vectors: np.ndarray
    least: float


class Suspect(NamedTuple):
    """Two near-duplicates that are said to show two animals.

    Attributes:
        first: Index of the one image.
        second: Index of the other, larger.
        kind: What tells it, see :class:`Evidence`.
        cosine: Of their vectors.
    """

    first: int
    second: int
    kind: str
    cosine: float


def hash_evidence(hashes: np.ndarray, most: int) -> Evidence:
    """Return perceptual hashes, boolean (N, 256), as vectors whose cosine is ``1 - 2 * bits apart / 256`` exactly.

    Args:
        hashes: The hashes.
        most: Most bits in which near-duplicates differ.
    """
    vectors = np.where(hashes, np.float32(1), np.float32(-1)) / np.float32(BITS**0.5)
    return Evidence('hash', vectors, 1 - 2 * most / BITS)


def embedding_evidence(embeddings: np.ndarray, least: float) -> Evidence:
    """Return embeddings (N, D) of any length as evidence.

    Args:
        embeddings: Finite, none of them zero.
        least: Least cosine of near-duplicates.
    """
    return Evidence('embedding', l2_normalise(embeddings.astype(np.float32)), least)


def group_near_duplicates(
    evidence: Sequence[Evidence], identities: Sequence[str | None]
) -> tuple[np.ndarray, list[Suspect]]:
    """Join images that are near-duplicates by any evidence, and what these are near-duplicates of, and so on.

    Near-duplicates that show two animals are joined like others, so that no split parts them: either the labels are
    wrong, or one animal stands where the other stood.

    Args:
        evidence: At least one, all of the same images.
        identities: Identity of each image (N,), None where unknown.

    Returns:
        For each image the index of the first one in its group, int (N,), and the pairs of two animals.
    """
    names = np.array([identity or '' for identity in identities])
    labels, suspects = np.arange(len(names)), []
    for kind, vectors, least in evidence:
        for left, right, cosines in near_pairs(vectors, least):
            labels = _joined(labels, left, right)
            doubtful = (names[left] != names[right]) & (names[left] != '') & (names[right] != '')
            pairs = zip(left[doubtful].tolist(), right[doubtful].tolist(), cosines[doubtful].tolist(), strict=True)
            suspects += [Suspect(first, second, kind, cosine) for first, second, cosine in pairs]
    _, firsts, groups = np.unique(labels, return_index=True, return_inverse=True)
    return firsts[groups], suspects


def suspects_csv(suspects: Sequence[Suspect], names: Sequence[str], identities: Sequence[str | None]) -> str:
    """Return near-duplicates of two animals as CSV text, one pair a row, the nearest first.

    Args:
        suspects: The pairs.
        names: Image names (N,).
        identities: Identity of each (N,).
    """
    header = ['filename', 'identity', 'other_filename', 'other_identity', 'evidence', 'cosine']
    nearest_first = sorted(suspects, key=lambda suspect: -suspect.cosine)
    return csv_text(
        header,
        [
            [names[first], identities[first], names[second], identities[second], kind, round(cosine, 6)]
            for first, second, kind, cosine in nearest_first
        ],
    )


def near_pairs(vectors: np.ndarray, least: float) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Find all pairs whose cosine reaches a threshold, a block of rows at a time.

    Args:
        vectors: Of unit length, float32 (N, D).
        least: The threshold.

    Yields:
        Indices of the one (P,) and of the other (P,), always larger, and their cosines (P,).
    """
    rows = max(1, ENTRIES // len(vectors))
    for start in range(0, len(vectors), rows):
        cosines = vectors[start : start + rows] @ vectors[start:].T
        left, right = np.nonzero(cosines >= least)
        upper = right > left
        left, right = left[upper], right[upper]
        yield left + start, right + start, cosines[left, right]


def _joined(labels: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return new labels (N,) of groups, with those of ``left`` (P,) and ``right`` (P,) made one."""
    if not len(left):
        return labels
    links = coo_array((np.ones(len(left), bool), (labels[left], labels[right])), (len(labels), len(labels)))
    return connected_components(links, directed=False)[1][labels]
