"""k-reciprocal re-ranking as it is usually written: dense matrices and Python loops. What the benchmark compares with.

Zhong et al., CVPR 2017, written from the paper; tests hold it against their slower oracle.
"""

from __future__ import annotations

import numpy as np


def rerank(features: np.ndarray, k1: int = 20, k2: int = 6, lam: float = 0.3) -> np.ndarray:
    """Return the re-ranked distances (N, N) of one set of embeddings (N, D), in memory of several such matrices."""
    distance = normalised_distance(features)
    order = np.argsort(distance - 2 * np.eye(len(distance)), axis=1, kind='stable')
    codes = encode(distance, order, k1)
    if k2 > 1:
        codes = np.stack([codes[row[:k2]].mean(0) for row in order])  # eq. 11
    return (1 - lam) * jaccard(codes) + lam * distance  # eq. 12


def normalised_distance(features: np.ndarray) -> np.ndarray:
    """Return squared distances (N, N) of unit embeddings, each row divided by its maximum."""
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    distance = np.maximum(0, 2 - 2 * np.round(unit @ unit.T, 12))  # rounded: what ties on paper must tie here
    np.fill_diagonal(distance, 0)
    largest = distance.max(1, keepdims=True)
    return np.divide(distance, largest, out=distance, where=largest > 0)


def encode(distance: np.ndarray, order: np.ndarray, k1: int) -> np.ndarray:
    """Return the code of every image as a row of a dense matrix (N, N)."""

    def reciprocal(i: int, k: int) -> np.ndarray:  # eq. 3
        forward = order[i, : k + 1]
        return forward[(order[forward, : k + 1] == i).any(1)]

    half = int(np.around(k1 / 2))
    codes = np.zeros_like(distance)
    for i in range(len(distance)):
        base = reciprocal(i, k1)
        widened = base
        for j in base:  # eq. 4
            candidate = reciprocal(j, half)
            if 3 * len(np.intersect1d(candidate, base)) > 2 * len(candidate):
                widened = np.append(widened, candidate)
        widened = np.unique(widened)
        weights = np.exp(-distance[i, widened])  # eq. 7
        codes[i, widened] = weights / weights.sum()
    return codes


def jaccard(codes: np.ndarray) -> np.ndarray:
    """Return the Jaccard distance (N, N) of codes (N, N) by sums of minima over an inverted index (eq. 10)."""
    holders = [np.flatnonzero(column) for column in codes.T]
    result = np.empty_like(codes)
    for i, code in enumerate(codes):
        shared = np.zeros(len(codes), codes.dtype)
        for j in np.flatnonzero(code):
            shared[holders[j]] += np.minimum(code[j], codes[holders[j], j])
        result[i] = 1 - shared / (2 - shared)
    return result
