"""Embeddings of the same images by several models (folds, seeds, backbones) as those of one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from jaguar_mm.storage.embedding_set import EmbeddingSet, Value
from jaguar_mm.storage.fingerprint import EncoderFingerprint, canonical

PLACE = 'path'  # column: where an image lies, which may differ; what it is may not


def ensemble(members: Mapping[str, EmbeddingSet], weights: Sequence[float] | None = None) -> EmbeddingSet:
    """Return embeddings whose cosines are the weighted mean of the members' cosines.

    Unit vectors times the square root of the weight, one member behind the other: members may be of any widths, and
    whatever takes embeddings takes their ensemble.

    Args:
        members: The embeddings of each model by the name of its file, of the same images in any order.
        weights: Of each member, above 0; all the same by default.

    Returns:
        The images in the order of the first member, of width D = D1 + D2 + ..., with the views that all members have.
        A column is what any member knows.

    Raises:
        ValueError: If there is one member alone, the weights do not fit, or members have other images or disagree on
            one.
    """
    shares = _shares(weights, len(members))
    (first, reference), *others = members.items()
    ordered = [reference, *(_in_order(name, each, first, reference) for name, each in others)]
    views = [view for view in reference.views if all(view in each.views for each in ordered)]
    return EmbeddingSet(
        names=reference.names,
        vectors=_concatenated([each.vectors for each in ordered], shares),
        columns=_known_columns(list(members), ordered),
        views={view: _concatenated([each.views[view] for each in ordered], shares) for view in views},
        encoder=_fingerprint([each.encoder for each in ordered], shares),
    )


def _shares(weights: Sequence[float] | None, count: int) -> list[float]:
    """Return the weights, summing to 1."""
    given = [1.0] * count if weights is None else list(weights)
    if count < 2:
        raise ValueError(f'an ensemble has two members at least, got {count}')
    if len(given) != count or not all(0 < weight < np.inf for weight in given):
        raise ValueError(f'{count} members need {count} weights above 0, got {" ".join(map(str, given))}')
    return [weight / sum(given) for weight in given]


def _in_order(name: str, member: EmbeddingSet, first: str, reference: EmbeddingSet) -> EmbeddingSet:
    """Return a member with its images in the order of the first one."""
    row_of = {image: row for row, image in enumerate(member.names)}
    missing = [image for image in reference.names if image not in row_of]
    more = sorted(set(member.names).difference(reference.names))
    if missing or more:
        lacking, having = (name, first) if missing else (first, name)
        raise ValueError(
            f'{lacking}: has no image {(missing or more)[0]!r}, which {having} has; embed the same images by each model'
        )
    return member.select([row_of[image] for image in reference.names])


def _concatenated(parts: Sequence[np.ndarray], shares: Sequence[float]) -> np.ndarray:
    """Return vectors (N, D) of unit length made of several (N, Di) of any length."""
    double = [np.asarray(part, np.float64) for part in parts]
    scaled = [
        part * (np.sqrt(share) / np.linalg.norm(part, axis=1, keepdims=True))
        for part, share in zip(double, shares, strict=True)
    ]
    return np.concatenate(scaled, axis=1).astype(np.float32)


def _known_columns(files: Sequence[str], members: Sequence[EmbeddingSet]) -> dict[str, list[Value]]:
    """Return all columns of members in one order; what one does not know another may."""
    columns: dict[str, list[Value]] = {}
    for file, member in zip(files, members, strict=True):
        for name, values in member.columns.items():
            before = columns.setdefault(name, [None] * len(member))
            for row, (known, value) in enumerate(zip(before, values, strict=True)):
                if known is None:
                    before[row] = value
                elif value is not None and value != known and name != PLACE:
                    raise ValueError(
                        f'{file}: {member.names[row]!r} has {name} {value!r}, in the files before it {known!r}; embed '
                        f'the same images by each model'
                    )
    return columns


def _fingerprint(encoders: Sequence[EncoderFingerprint | None], shares: Sequence[float]) -> EncoderFingerprint | None:
    """Return what tells an ensemble from others; None if one of its encoders is not known."""
    known = [encoder for encoder in encoders if encoder is not None]
    if len(known) < len(encoders):
        return None
    weights = canonical([[encoder.weights, round(share, 12)] for encoder, share in zip(known, shares, strict=True)])
    return EncoderFingerprint(
        weights=hashlib.sha256(weights.encode()).hexdigest(),
        preprocessing=canonical([encoder.preprocessing for encoder in known]),
        network=' + '.join(encoder.network or 'encoder' for encoder in known),
        precision=' and '.join(sorted({encoder.precision for encoder in known})),
    )
