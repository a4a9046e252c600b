"""Images that a model is sure enough about to be trained on as if their animal were known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaguar_mm.retrieval.by_identity import top_identities
from jaguar_mm.retrieval.rankings import Ranking


class Votes(NamedTuple):
    """What one model holds each image (N,) for.

    Attributes:
        identity: The animal of the most alike known image, objects (N,).
        margin: How much more alike that is than the best image of any other animal, float64 (N,).
    """

    identity: np.ndarray
    margin: np.ndarray


def votes(ranking: Ranking, gallery_ids: Sequence) -> Votes:
    """Return the votes of a model.

    Args:
        ranking: Of the images (N) in a gallery of known ones (M).
        gallery_ids: Identity of each gallery image (M,), of two animals at least.

    Raises:
        ValueError: If there is one animal alone, with which nothing can be compared.
    """
    values, images = top_identities(ranking, gallery_ids, 2)
    if values.shape[1] < 2:
        raise ValueError('the gallery shows one animal alone; two are needed to tell how sure a label is')
    return Votes(np.asarray(gallery_ids, object)[images[:, 0]], (values[:, 0] - values[:, 1]).astype(np.float64))


def sure_labels(
    models: Sequence[Votes], *, least: float, most: int | None = None, groups: Sequence | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the images whose animal is sure, surest first.

    An image is taken if all models name the same animal and each by a margin of ``least``; it is as sure as its
    smallest margin. Of a group (burst) the surest alone is taken, since the others add little and share its mistakes,
    and of an animal no more than ``most``, so that a mistaken favourite does not feed itself.

    Args:
        models: Votes of one model or more.
        least: Least margin.
        most: Most images of an animal; None: any number.
        groups: Group of each image (N,), None where it has none.

    Returns:
        Indices (K,) and their margins (K,).
    """
    named = np.stack([each.identity for each in models])  # (models, N)
    margin = np.min([each.margin for each in models], axis=0)
    agreed = (named == named[0]).all(0) & (margin >= least)
    taken: list[int] = []
    seen, count = set(), dict.fromkeys(named[0], 0)
    for image in np.argsort(-margin, kind='stable'):
        group = None if groups is None else groups[image]
        identity = named[0, image]
        if not agreed[image] or group in seen or (most is not None and count[identity] >= most):
            continue
        taken.append(int(image))
        count[identity] += 1
        if group is not None:
            seen.add(group)
    return np.array(taken, np.int64), margin[taken]
