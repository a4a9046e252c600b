"""Rank a gallery for every picture: python tools/retrieve.py EMBEDDINGS [--gallery EMBEDDINGS] --out RANKED.csv ...

The files come from tools/extract.py. Without a gallery the pictures are ranked among themselves, each left out of its
own list. RANKED.csv has the columns query, rank, match and similarity (the cosine).
"""

from __future__ import annotations

import argparse
import csv
import io
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from jaguar_mm.embeddings import EmbeddingTable, load_embeddings
from jaguar_mm.files import whole_file
from jaguar_mm.retrieval import topk_similarity


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('embeddings', type=Path, help='embeddings of the queries')
    parser.add_argument('--gallery', type=Path, help='embeddings to search in (default: the queries themselves)')
    parser.add_argument('--out', type=Path, required=True, help='CSV file to write')
    parser.add_argument('--k', type=int, default=10, help='matches of each query (default 10)')
    args = parser.parse_args()
    if args.k < 1:
        parser.error(f'--k must be at least 1, not {args.k}')
    return args


def main() -> None:
    """Retrieve."""
    args = parse_args()
    try:
        query = load_embeddings(args.embeddings)
        gallery = load_embeddings(args.gallery) if args.gallery else None
        write_ranked(query, gallery, args.k, args.out)
    except (OSError, ValueError) as error:
        raise SystemExit(f'error: {error}') from error
    print(f'wrote the best {args.k} matches of {len(query.names)} queries to {args.out}')


def nearest(query: EmbeddingTable, gallery: EmbeddingTable | None, k: int) -> tuple[list, list]:
    """Return similarities and gallery indices of each query's best matches, (M, k) each, ties by index."""
    found = topk_similarity(query.embeddings, None if gallery is None else gallery.embeddings, k)
    return tuple(array.tolist() for array in found)


def write_ranked(query: EmbeddingTable, gallery: EmbeddingTable | None, k: int, out: Path) -> None:
    """Write the CSV file with a progress bar."""
    names = (gallery or query).names
    with (
        whole_file(out) as binary,
        io.TextIOWrapper(binary, encoding='utf-8', newline='') as file,
        Progress(TextColumn('queries'), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()) as progress,
    ):
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(['query', 'rank', 'match', 'similarity'])
        task = progress.add_task('queries', total=len(query.names))
        for index, (values, matches) in enumerate(zip(*nearest(query, gallery, k), strict=True)):
            ranked = zip(values, matches, strict=True)
            writer.writerows([query.names[index], rank, names[g], value] for rank, (value, g) in enumerate(ranked, 1))
            progress.advance(task)


if __name__ == '__main__':
    main()
