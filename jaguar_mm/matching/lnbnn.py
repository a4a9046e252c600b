"""Local naive Bayes nearest neighbour: which images have the descriptors that are near to a query's and to no other's.

McCann and Lowe, "Local Naive Bayes Nearest Neighbor for image classification", CVPR 2012, section 3, algorithm 2, with
an image or an animal as the class. HotSpotter (Crall et al., WACV 2013) tells animals apart so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from jaguar_mm.matching.keypoints import Keypoints
from jaguar_mm.retrieval import Apart, CosineRanking, unusable_rows
from jaguar_mm.retrieval.apart import Groups, PairCodes, pair_codes

AT_ONCE = 64  # queries whose descriptors are searched for together


def lnbnn_scores(
    query: Sequence[Keypoints],
    gallery: Sequence[Keypoints] | None = None,
    k: int = 4,
    *,
    classes: np.ndarray | None = None,
    apart: Groups = None,
    advance: Callable[[int], None] = lambda queries: None,
) -> tuple[np.ndarray, np.ndarray]:
    """Score the gallery's images, or its animals, by the nearest neighbours of each of a query's descriptors.

    Of each class among a descriptor's k nearest neighbours the nearest one counts, by how much nearer it is than the
    normaliser: the k + 1st neighbour, as in HotSpotter, whatever it shows. Distances are squared and between
    descriptors of unit length, 2 less twice the cosine. A class's score is their sum over the query's descriptors,
    divided by the number of these, which makes queries comparable. Where there are fewer than k + 1 neighbours, the
    last one is the normaliser. Neighbours are exact; memory is linear in the number of descriptors.

    Args:
        query: Keypoints of each query (M).
        gallery: Of each gallery image (N); None: the queries among themselves, and a query's own descriptors are
            neither neighbour nor normaliser.
        k: Neighbours of a descriptor.
        classes: Class of each gallery image from 0 up, integers (N,), -1 for none; by default each image is its own.
        apart: Pairs of images that are left out: their descriptors are neither neighbour nor normaliser either.
        advance: Is told how many more queries are done.

    Returns:
        Scores (M, C), float64, and classes (M, C), int64: of each query the classes of a score above 0, best first, of
        equal scores the lower class first. Lists that are shorter end with the score 0 and the class -1.

    Raises:
        ValueError: If k is less than 1, a column or the classes do not fit, widths differ, or a descriptor has NaN,
            Inf or only zeros.
    """
    one_set, others = gallery is None, query if gallery is None else gallery
    if k < 1:
        raise ValueError(f'k counts neighbours and must be at least 1, got {k}')
    classes = _checked(classes, len(others))
    codes = pair_codes(apart, (len(query), len(others)), one_set)
    sought, owners = _stacked(others, 'query' if one_set else 'gallery')
    entries = [np.empty((3, 0))]
    for start in range(0, len(query), AT_ONCE):
        part = query[start : start + AT_ONCE]
        described, images = _stacked(part, 'query', start)
        if len(described) and len(sought):
            left_out = _left_out(codes, images, owners, one_set)
            cosines, found = CosineRanking(described, sought).top_k(k + 1, left_out)
            entries.append(_summed(images, classes[owners[found]], _votes(cosines, classes[owners[found]])))
        advance(len(part))
    return _ranked(np.concatenate(entries, 1), np.array([len(image) for image in query], np.int64))


def _checked(classes: np.ndarray | None, images: int) -> np.ndarray:
    """Return the class of each gallery image (N,)."""
    if classes is None:
        return np.arange(images)
    classes = np.asarray(classes)
    if classes.shape != (images,) or not np.issubdtype(classes.dtype, np.integer) or (classes < -1).any():
        raise ValueError(
            f'classes must be {images} integers from -1 up, one a gallery image, got {classes.dtype} {classes.shape}; '
            f'number names by np.unique(names, return_inverse=True)'
        )
    return classes


def _stacked(images: Sequence[Keypoints], name: str, start: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return all descriptors (n, d) and which image each is of, counted from ``start`` (n,)."""
    _refuse_unusable(images, name, start)
    owners = np.repeat(np.arange(start, start + len(images)), [len(image) for image in images])
    if not len(owners):
        return np.empty((0, 0), np.float32), owners
    described = np.concatenate([image.descriptors for image in images])
    return described.astype(np.promote_types(described.dtype, np.float32), copy=False), owners


def _refuse_unusable(images: Sequence[Keypoints], name: str, start: int) -> None:
    """Raise ValueError if a descriptor has no direction or another width, naming the image by index."""
    for index, image in enumerate(images, start):
        width, first = image.descriptors.shape[1], images[0].descriptors.shape[1]
        if width != first:
            raise ValueError(
                f'{name} image {index} has descriptors of width {width}, image {start} of {first}: '
                f'detect all by one matcher'
            )
        if len(image) and unusable_rows(image.descriptors):
            raise ValueError(f'{name} image {index} has a descriptor with NaN, Inf or only zeros: detect it anew')


def _left_out(codes: PairCodes, images: np.ndarray, owners: np.ndarray, one_set: bool) -> Apart:
    """Return which pairs of descriptors are left out.

    Args:
        codes: Which pairs of images are.
        images: Image of each descriptor of the queries (n,).
        owners: Of each descriptor of the gallery (m,).
        one_set: Whether an image is left out with itself.
    """
    different = [
        (q[images], g[owners]) for q, g in zip(codes.different_query.T, codes.different_gallery.T, strict=True)
    ]
    same = [(q[images], g[owners]) for q, g in zip(codes.same_query.T, codes.same_gallery.T, strict=True)]
    return Apart([*different, (images, owners)] if one_set else different, same)


def _votes(cosines: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Return what descriptors say for the classes of their neighbours, float64 (n, k + 1), 0 for nothing.

    Args:
        cosines: Of each descriptor's neighbours (n, k + 1), falling; -inf where there are fewer.
        classes: Their classes (n, k + 1).
    """
    there = cosines > -np.inf
    normaliser = np.where(there, cosines, np.inf).min(1, keepdims=True).astype(np.float64)
    votes = np.where(there & (classes >= 0), 2 * (cosines - normaliser), 0)
    for column in range(1, classes.shape[1]):
        votes[(classes[:, :column] == classes[:, column, None]).any(1), column] = 0  # a nearer one has spoken
    return votes


def _summed(images: np.ndarray, classes: np.ndarray, votes: np.ndarray) -> np.ndarray:
    """Return query, class and summed votes of each pair of these that has a vote (3, E).

    Args:
        images: Image of each descriptor (n,).
        classes: Classes of its neighbours (n, k + 1).
        votes: What it says for them (n, k + 1).
    """
    descriptors, columns = np.nonzero(votes)
    pairs = np.stack([images[descriptors], classes[descriptors, columns]])
    pairs, places = np.unique(pairs, axis=1, return_inverse=True)
    return np.stack([*pairs, np.bincount(places.ravel(), votes[descriptors, columns], pairs.shape[1])])


def _ranked(entries: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return scores and classes of each query (M, C), best first.

    Args:
        entries: Query, class and summed votes (3, E).
        counts: Descriptors of each query (M,).
    """
    queries, classes = entries[:2].astype(np.int64)
    scores = entries[2] / counts[queries]
    order = np.lexsort((classes, -scores, queries))
    lengths = np.bincount(queries, minlength=len(counts))
    places = np.arange(len(queries)) - np.repeat(lengths.cumsum() - lengths, lengths)
    shape = len(counts), lengths.max(initial=1)
    ranked, named = np.zeros(shape), np.full(shape, -1)
    ranked[queries[order], places], named[queries[order], places] = scores[order], classes[order]
    return ranked, named
