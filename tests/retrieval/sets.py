"""Sets of embeddings that are hard in different ways."""

import numpy as np

KINDS = ['random', 'clustered', 'tied', 'duplicated']


def embeddings(kind: str, n: int, seed: int = 0, dim: int = 16) -> np.ndarray:
    rng = np.random.default_rng(seed)
    if kind == 'random':
        return rng.normal(size=(n, dim))
    if kind == 'clustered':
        return rng.normal(size=(max(1, n // 6), dim))[rng.integers(0, max(1, n // 6), n)] + 0.4 * rng.normal(
            size=(n, dim)
        )
    if kind == 'tied':  # few distinct integer coordinates: many distances are exactly equal
        corners = rng.integers(-1, 2, (n, 4)).astype(float)
        corners[~corners.any(1), 0] = 1
        return corners
    return np.repeat(rng.normal(size=((n + 2) // 3, dim)), 3, axis=0)[:n]
