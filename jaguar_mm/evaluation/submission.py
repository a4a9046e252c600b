"""Similarities to the competition's ``submission.csv``, joined on the two picture columns of ``test.csv``."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from jaguar_mm.datasets.tables import PairTable
from jaguar_mm.files import write_whole


def write_pair_submission(
    pairs: PairTable, names: Sequence[str], similarity: np.ndarray, out_file: str | os.PathLike
) -> int:
    """Write one similarity for every row of the pair table, in the table's order and with its row ids.

    Args:
        pairs: The rows asked for.
        names: Picture name of each row and column of the matrix (N,).
        similarity: Values in [0, 1], float64 (N, N); written with every digit, so that order and ties are kept.
        out_file: File to write; appears only once it is whole.

    Returns:
        Number of rows written.

    Raises:
        ValueError: If a picture of the table has no embedding, or a similarity is not in [0, 1].
    """
    position = {name: index for index, name in enumerate(names)}
    missing = sorted({name for name in (*pairs.query, *pairs.gallery) if name not in position})
    if missing:
        raise ValueError(
            f'{pairs.path}: {len(missing)} pictures have no embedding, the first is {missing[0]!r}; '
            f'evaluate every picture of the table before writing a submission'
        )
    rows = np.array([position[name] for name in pairs.query])
    columns = np.array([position[name] for name in pairs.gallery])
    values = similarity[rows, columns]
    if not ((values >= 0) & (values <= 1)).all():  # catches NaN as well
        worst = int(np.flatnonzero(~((values >= 0) & (values <= 1)))[0])
        raise ValueError(f'{pairs.path}: row {pairs.row_ids[worst]} would get {values[worst]}, outside [0, 1]')
    lines = (f'{row_id},{value!r}' for row_id, value in zip(pairs.row_ids, values.tolist(), strict=True))
    write_whole(out_file, 'row_id,similarity\n' + '\n'.join(lines) + '\n')
    return len(values)
