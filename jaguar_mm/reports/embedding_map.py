"""Embeddings as points in a plane: alike images near each other, a colour for each animal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure
from sklearn.manifold import TSNE

from jaguar_mm.reports.png import encode_png
from jaguar_mm.retrieval import l2_normalise
from jaguar_mm.retrieval.apart import Groups
from jaguar_mm.retrieval.columns import is_unknown
from jaguar_mm.retrieval.rankings import Ranking
from jaguar_mm.retrieval.sets import OTHER, SAME, match_sets

FEWEST = 4  # images
PERPLEXITY = 30  # neighbours that an image is kept near to; a third of the images if that is less
NAMED = 60  # most animals whose names are written
GOLDEN = 0.618034  # steps round the circle of colours by it come near no earlier one soon


def place_on_map(vectors: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return a place in the plane for each embedding (N, 2), by t-SNE (van der Maaten and Hinton, JMLR 2008).

    Neighbours stay neighbours as far as a plane has room; distances across the map mean nothing.

    Args:
        vectors: Embeddings (N, D).
        seed: Of the map; the same one gives the same map on one machine.

    Raises:
        ValueError: If there are fewer than four.
    """
    if len(vectors) < FEWEST:
        raise ValueError(f'a map needs {FEWEST} images at least, got {len(vectors)}')
    perplexity = min(PERPLEXITY, (len(vectors) - 1) / 3)
    return TSNE(perplexity=perplexity, random_state=seed).fit_transform(l2_normalise(vectors))


def find_strays(ranking: Ranking, identities: Sequence, apart: Groups = None) -> np.ndarray:
    """Return which images are more like one of another animal than like any of their own, boolean (N,).

    Args:
        ranking: Of the images among themselves (N, N).
        identities: Who each shows (N,); an image of nobody known, or of an animal shown once, is no stray.
        apart: Pairs that are left out.
    """
    sets = match_sets(ranking.shape, identities, groups=apart)
    strays = []
    for rows, tile in ranking.tiles().blocks():
        marks = sets.marks(rows)
        own, other = (
            np.where((marks == mark) & (sets.gallery_identity >= 0), tile, -np.inf).max(1) for mark in (SAME, OTHER)
        )
        strays.append((own > -np.inf) & (other > own))
    return np.concatenate(strays)


def draw_map(places: np.ndarray, identities: Sequence, strays: np.ndarray) -> bytes:
    """Draw images as dots in the colour of their animal, strays as crosses, and animals' names amid their images.

    Args:
        places: Of the images (N, 2).
        identities: Who each shows (N,); grey where nobody knows.
        strays: Which are more like another animal, boolean (N,).

    Returns:
        A PNG file.
    """
    names = list(dict.fromkeys(identity for identity in identities if not is_unknown(identity)))
    colours = {name: colormaps['hsv'](place * GOLDEN % 1) for place, name in enumerate(sorted(names))}
    colour = np.array([colours.get(identity, colormaps['gray'](0.6)) for identity in identities])  # (N, 4)
    figure = Figure((9, 9), layout='constrained')
    axes = figure.subplots()
    for marker, size, which in (('o', 14, ~strays), ('x', 50, strays)):
        axes.scatter(*places[which].T, s=size, c=colour[which], marker=marker)
    for name in names if len(names) <= NAMED else ():
        own = np.array([identity == name for identity in identities])
        axes.annotate(str(name).replace('$', r'\$'), np.median(places[own], axis=0), fontsize=8, ha='center')
    title = f'{len(places):,} images of {len(names):,} animals'
    axes.set(xticks=[], yticks=[], title=f'{title}; crosses: {strays.sum():,} that are more like another animal')
    return encode_png(figure)
