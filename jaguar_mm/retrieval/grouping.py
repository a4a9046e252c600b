"""Images that show one animal, put together without a name for it."""

from __future__ import annotations

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import squareform


def group_candidates(indices: np.ndarray, scores: np.ndarray, least: float) -> np.ndarray:
    """Join groups of images as long as the mean score between two of them reaches a threshold.

    Average linkage (Sokal and Michener 1958): one wrong pair does not join two animals, as it would if the best pair
    alone counted. A pair that no list has counts 0.

    Args:
        indices: Candidates of each image among the images themselves (N, K); -1 fills up a short list.
        scores: Their scores (N, K), from 0 to 1; of a pair that is in two lists the larger counts.
        least: Least mean score of two groups that are joined, above 0 and at most 1.

    Returns:
        Group of each image, int (N,), numbered as they first occur.

    Raises:
        ValueError: If shapes do not fit, or the threshold is out of range.
    """
    if indices.shape != scores.shape:
        raise ValueError(f'candidates {indices.shape} and scores {scores.shape} do not fit')
    if not 0 < least <= 1:
        raise ValueError(f'the least score of one group must be above 0 and at most 1, not {least}')
    pairs = _pairs(indices, scores)
    near = pairs >= least
    count, part = connected_components(near, directed=False)
    groups = np.arange(len(indices))
    for images in _members(part, count):  # groups of two parts have no pair that reaches the threshold
        groups[images] = images[_average_linkage(pairs[images][:, images].toarray(), least)]
    return np.unique(groups, return_inverse=True)[1]


def _pairs(indices: np.ndarray, scores: np.ndarray) -> csr_matrix:
    """Return the scores of pairs, symmetric (N, N)."""
    image, place = np.nonzero(indices >= 0)
    found = csr_matrix((scores[image, place], (image, indices[image, place])), (len(indices),) * 2)
    found.setdiag(0)
    return found.maximum(found.T)


def _members(part: np.ndarray, count: int) -> list[np.ndarray]:
    """Return the images of each part of several."""
    order = np.argsort(part, kind='stable')
    ends = np.cumsum(np.bincount(part, minlength=count))
    return [images for images in np.split(order, ends[:-1]) if len(images) > 1]


def _average_linkage(scores: np.ndarray, least: float) -> np.ndarray:
    """Return, for each image, the first one of its group (n,)."""
    tree = linkage(squareform(1 - scores, checks=False), 'average')
    _, first, group = np.unique(fcluster(tree, 1 - least, 'distance'), return_index=True, return_inverse=True)
    return first[group]
