"""Rank a gallery for every image: jaguar-mm rank EMBEDDINGS [--gallery EMBEDDINGS ...] --out RANKED.csv ...

The files come from jaguar-mm embed, all by one model. Without a gallery the images are ranked among themselves, each
left out of its own list. RANKED.csv has the columns query, rank, match, identity and similarity: what the last of the
--stages gives, by default the cosine. An interrupted ranking by cosines, started again, goes on with the batch that it
was at.

  --stages Views QueryExpansion:k=3 KReciprocalRerank:k1=20,k2=6     averaged views, expansion, re-ranking
  --apart group                                                      no images of the query's own burst
  --by identity                                                      animals instead of images, each by its best image
"""

from __future__ import annotations

import argparse
import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from jaguar_mm.cli.errors import errors_in_a_sentence
from jaguar_mm.cli.flags import at_least_one, output_file
from jaguar_mm.cli.progress import progress
from jaguar_mm.retrieval import Apart, Cosine, Pipeline, Stage, top_identities, topk_similarity
from jaguar_mm.storage import (
    Batches,
    EmbeddingSet,
    check_same_encoder,
    file_digest,
    join,
    load_embeddings,
    whole_file,
)
from jaguar_mm.storage.files import csv_lines

QUERIES_AT_ONCE = 8192


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('embeddings', type=Path, help='embeddings of the queries')
    parser.add_argument('--gallery', type=Path, nargs='+', help='what to search in (default: the queries themselves)')
    parser.add_argument('--out', type=output_file('.csv'), required=True, help='CSV file to write')
    parser.add_argument('--k', type=at_least_one, default=10, help='matches of each query (default 10)')
    parser.add_argument('--stages', type=stage, nargs='+', default=[], help='steps after the cosine, see above')
    parser.add_argument('--apart', nargs='+', default=[], help='columns in which a match must differ from the query')
    parser.add_argument('--by', choices=['image', 'identity'], default='image', help='what is ranked')
    return parser.parse_args()


def stage(text: str) -> Stage:
    """Return the stage that a flag describes, such as ``QueryExpansion:k=3``.

    Raises:
        argparse.ArgumentTypeError: If there is no such stage or setting.
    """
    kind, _, settings = text.partition(':')
    try:
        given = [setting.partition('=') for setting in settings.split(',') if setting]
        return Stage.from_dict({'type': kind, **{key: _value(value) for key, _, value in given}})
    except (ValueError, TypeError) as error:
        raise argparse.ArgumentTypeError(f'{text}: {error}') from error


def main() -> None:
    """Retrieve."""
    args = parse_args()
    with errors_in_a_sentence():
        retrieve(args)


def retrieve(args: argparse.Namespace) -> None:
    """Search what is missing, a batch of queries at a time, and write the file."""
    query, gallery = read(args)
    plain = not args.stages and not args.apart and args.by == 'image'
    starts = range(0, len(query), QUERIES_AT_ONCE) if plain else range(1)
    batches = Batches(args.out.with_name(f'{args.out.name}.parts'), job_of(args), len(starts))
    missing = batches.missing()
    with progress('batches', len(starts), len(starts) - len(missing)) as advance:
        for batch in missing:
            found = nearest(query, gallery, starts[batch], args.k) if plain else ranked(query, gallery, args)
            batches.keep(batch, np.dstack(found))
            advance()
    with whole_file(args.out) as file:
        rows = rows_of(query, query if gallery is None else gallery, batches)
        file.writelines(line.encode() for line in csv_lines(rows))
    batches.discard()
    print(f'wrote up to {args.k} matches of each of {len(query)} queries to {args.out}')


def read(args: argparse.Namespace) -> tuple[EmbeddingSet, EmbeddingSet | None]:
    """Return queries and gallery.

    Raises:
        ValueError: If they come from different encoders.
    """
    paths = [args.embeddings, *(args.gallery or [])]  # the queries may be a gallery too
    query, *galleries = sets = [load_embeddings(path) for path in paths]
    check_same_encoder({str(path): each.encoder for path, each in zip(paths, sets, strict=True)})
    return query, join(galleries) if args.gallery else None


def nearest(query: EmbeddingSet, gallery: EmbeddingSet | None, start: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return similarities and gallery indices of the best matches of a batch of queries, (B, k) each."""
    rows = query.vectors[start : start + QUERIES_AT_ONCE]
    if gallery is not None:
        return topk_similarity(rows, gallery.vectors, k)
    values, indices = topk_similarity(rows, query.vectors, k + 1)
    others = indices != np.arange(start, start + len(rows))[:, None]
    others[others.all(1), -1] = False  # so many are equally near that the image itself is not among them
    return values[others].reshape(len(rows), -1), indices[others].reshape(len(rows), -1)


def ranked(
    query: EmbeddingSet, gallery: EmbeddingSet | None, args: argparse.Namespace
) -> tuple[np.ndarray, np.ndarray]:
    """Return similarities and gallery indices of all queries' best matches after all stages, (M, k) each."""
    columns = query.columns, None if gallery is None else gallery.columns
    apart = Apart.by_name(*columns, different=args.apart)
    ranking = Pipeline((Cosine(), *args.stages)).final(query, gallery)
    if args.by == 'identity':
        others = query if gallery is None else gallery
        return top_identities(ranking, others.column('identity'), args.k, apart)
    return ranking.top_k(args.k, apart)


def rows_of(query: EmbeddingSet, gallery: EmbeddingSet, batches: Batches) -> Iterator[Sequence]:
    """Yield the header and the rows of the ranked file."""
    yield ['query', 'rank', 'match', 'identity', 'similarity']
    identities = gallery.columns.get('identity', [None] * len(gallery))
    lists = (found for batch in range(batches.count) for found in batches.load(batch))
    for name, found in zip(query.names, lists, strict=True):
        for rank, (value, index) in enumerate(found.tolist(), 1):
            if index >= 0:
                yield [name, rank, gallery.names[int(index)], identities[int(index)] or '', value]


def job_of(args: argparse.Namespace) -> dict:
    """Return all that the matches depend on."""
    return {
        'query': file_digest(args.embeddings),
        'gallery': [file_digest(path) for path in args.gallery or []],
        'stages': [stage.to_dict() for stage in args.stages],
        'apart': args.apart,
        'by': args.by,
        'k': args.k,
        'at_once': QUERIES_AT_ONCE,
    }


def _value(text: str) -> object:
    """Return a number as such, anything else as a text."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
