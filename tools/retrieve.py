"""Rank a gallery for every picture: python tools/retrieve.py EMBEDDINGS [--gallery EMBEDDINGS] --out RANKED.csv ...

The files come from tools/extract.py. Without a gallery the pictures are ranked among themselves, each left out of its
own list. RANKED.csv has the columns query, rank, match and similarity (the cosine). An interrupted run, started again,
goes on with the batch that it was at.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from jaguar_mm.batches import Batches
from jaguar_mm.command_line import at_least_one, errors_in_a_sentence, output_file, progress
from jaguar_mm.embedding_table import EmbeddingTable, load_embeddings
from jaguar_mm.files import csv_lines, file_digest, whole_file
from jaguar_mm.retrieval import topk_similarity

QUERIES_AT_ONCE = 8192


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('embeddings', type=Path, help='embeddings of the queries')
    parser.add_argument('--gallery', type=Path, help='embeddings to search in (default: the queries themselves)')
    parser.add_argument('--out', type=output_file('.csv'), required=True, help='CSV file to write')
    parser.add_argument('--k', type=at_least_one, default=10, help='matches of each query (default 10)')
    return parser.parse_args()


def main() -> None:
    """Retrieve."""
    args = parse_args()
    with errors_in_a_sentence():
        retrieve(args)


def retrieve(args: argparse.Namespace) -> None:
    """Search what is missing, a batch of queries at a time, and write the file."""
    query = load_embeddings(args.embeddings)
    gallery = load_embeddings(args.gallery) if args.gallery else None
    starts = range(0, len(query.names), QUERIES_AT_ONCE)
    batches = Batches(args.out.with_name(f'{args.out.name}.parts'), job_of(args), len(starts))
    missing = batches.missing()
    with progress('batches', len(starts), len(starts) - len(missing)) as advance:
        for batch in missing:
            batches.keep(batch, nearest(query, gallery, starts[batch], args.k))
            advance()
    names = (gallery or query).names
    with whole_file(args.out) as file:
        file.writelines(line.encode() for line in csv_lines(rows_of(query.names, names, batches)))
    batches.discard()
    print(f'wrote up to {args.k} matches of each of {len(query.names)} queries to {args.out}')


def nearest(query: EmbeddingTable, gallery: EmbeddingTable | None, start: int, k: int) -> np.ndarray:
    """Return similarity and gallery index of the best matches of a batch of queries, float64 (B, k, 2)."""
    rows = query.embeddings[start : start + QUERIES_AT_ONCE]
    if gallery is not None:
        return np.dstack(topk_similarity(rows, gallery.embeddings, k))
    values, indices = topk_similarity(rows, query.embeddings, k + 1)
    others = indices != np.arange(start, start + len(rows))[:, None]
    others[others.all(1), -1] = False  # so many are equally near that the picture itself is not among them
    return np.dstack([values[others].reshape(len(rows), -1), indices[others].reshape(len(rows), -1)])


def rows_of(queries: list[str], names: list[str], batches: Batches) -> Iterator[list]:
    """Yield the header and the rows of the ranked file."""
    yield ['query', 'rank', 'match', 'similarity']
    lists = (found for batch in range(batches.count) for found in batches.load(batch))
    for query, found in zip(queries, lists, strict=True):
        for rank, (value, index) in enumerate(found.tolist(), 1):
            yield [query, rank, names[int(index)], value]


def job_of(args: argparse.Namespace) -> dict:
    """Return all that the matches depend on."""
    gallery = file_digest(args.gallery) if args.gallery else None
    return {'query': file_digest(args.embeddings), 'gallery': gallery, 'k': args.k, 'at_once': QUERIES_AT_ONCE}


if __name__ == '__main__':
    main()
