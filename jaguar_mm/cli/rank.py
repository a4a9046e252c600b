"""Rank a gallery for every image: jaguar-mm rank EMBEDDINGS [--gallery EMBEDDINGS ...] --out RANKED.csv ...

jaguar-mm rank FOLDER --out RANKED.csv ranks the images in and below FOLDER without a model of one's own: animals are
outlined, the built-in encoder finds candidates, and their coats are compared spot by spot. The embeddings are kept in
RANKED_embeddings.safetensors, so that another call embeds what is new alone. An image that cannot be used is left out
and listed in RANKED_embeddings_unusable.csv; the exit code is then 3.

EMBEDDINGS come from jaguar-mm embed, all by one model. Without a gallery the images are ranked among themselves, each
left out of its own list. RANKED.csv has the columns query, rank, match, identity and similarity: what the last of the
--stages gives, by default the cosine. An interrupted ranking by cosines, started again, goes on with the batch that it
was at.

  --stages Views QueryExpansion:k=3 KReciprocalRerank:k1=20,k2=6     averaged views, expansion, re-ranking
  --apart group                                                      no images of the query's own burst
  --by identity                                                      animals instead of images, each by its best image
  --sheet RANKED.jpg                                                 also draw some queries beside their matches
  --why WHY.jpg                        with a stage on keypoints: also draw which spots speak for the best match
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from jaguar_mm.cli.answer import answering
from jaguar_mm.cli.embedding import embed_records, folder_records
from jaguar_mm.cli.errors import INCOMPLETE, errors_in_a_sentence
from jaguar_mm.cli.flags import (
    JPEG,
    ON_KEYPOINTS,
    add_json,
    add_stages,
    at_least_one,
    output_file,
    refuse_among_images,
    stage,
)
from jaguar_mm.cli.progress import progress
from jaguar_mm.encoders import load_encoder
from jaguar_mm.encoders.built_in import NAME as BUILT_IN
from jaguar_mm.encoders.records import names_of
from jaguar_mm.reports import draw_matches, encode_jpeg
from jaguar_mm.retrieval import Apart, Cosine, Pipeline, Ranking, top_identities, topk_similarity
from jaguar_mm.storage import (
    Batches,
    EmbeddingSet,
    check_same_encoder,
    file_digest,
    join,
    load_embeddings,
    whole_file,
    write_whole,
)
from jaguar_mm.storage.files import csv_lines

QUERIES_AT_ONCE = 8192
MOST_DRAWN = 10  # matches beside a query
SPOTS = 'LocalMatching:k=50,masks=True'  # the stage of people who have no model


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('embeddings', type=Path, help='embeddings of the queries, or a folder of images')
    parser.add_argument('--gallery', type=Path, nargs='+', help='what to search in (default: the queries themselves)')
    parser.add_argument('--out', type=output_file('.csv'), required=True, help='CSV file to write')
    parser.add_argument('--k', type=at_least_one, default=10, help='matches of each query (default 10)')
    add_stages(parser)
    parser.add_argument('--by', choices=['image', 'identity'], default='image', help='what is ranked')
    parser.add_argument('--sheet', type=output_file(*JPEG), help='also draw some queries and their matches, as JPEG')
    parser.add_argument('--why', type=output_file(*JPEG), help='also draw the spots that match, as JPEG')
    parser.add_argument('--animal-folders', action='store_true', help='each folder in FOLDER holds one animal')
    parser.add_argument('--unknown', nargs='*', help='names of such folders that stand for nobody')
    add_json(parser)
    return parser.parse_args()


def main() -> None:
    """Retrieve."""
    args = parse_args()
    with answering(args.json) as answer, errors_in_a_sentence():
        check(args)
        left_out = embed_folder(args) if args.embeddings.is_dir() or args.animal_folders else {}
        answer |= rank(args) | ({'left_out': left_out} if left_out else {})
    raise SystemExit(INCOMPLETE if left_out else 0)


def check(args: argparse.Namespace) -> None:
    """Look at what is named before anything is computed.

    Raises:
        FileNotFoundError: If there is nothing to rank.
        ValueError: If a gallery is a folder or would be overwritten, animals are asked for and none is named, a sheet
            would lie among the images, or spots are to be drawn and no stage looks at them.
    """
    if not args.embeddings.exists():
        raise FileNotFoundError(f'{args.embeddings}: no such file or folder')
    if args.embeddings.is_dir():
        refuse_among_images(args.embeddings, {'--sheet': args.sheet, '--why': args.why})
        if args.by == 'identity' and not (args.animal_folders or args.gallery):
            raise ValueError('--by identity ranks animals: give --animal-folders if each folder holds one animal')
    for path in args.gallery or []:
        if args.embeddings.is_dir() and path.resolve() == embeddings_of(args).resolve():
            raise ValueError(
                f'--gallery {path}: would be overwritten by the embeddings of {args.embeddings}; choose another --out'
            )
        if path.is_dir():
            raise ValueError(
                f'--gallery {path}: is a folder; embed it first: jaguar-mm embed {BUILT_IN} --folder {path} --out '
                f'{path.name}.safetensors'
            )
    named = [type(stage).__name__ for stage in args.stages]
    if args.why and not {*named} & ON_KEYPOINTS and not (args.embeddings.is_dir() and not named):
        raise ValueError('--why shows the spots that match: give a stage that looks at them, --stages LocalMatching')


def embed_folder(args: argparse.Namespace) -> dict[str, str]:
    """Embed a folder's images by the built-in encoder, to be ranked in its place, by spots unless stages are named.

    Returns:
        The images that were left out, with the reason.
    """
    folder, args.embeddings = args.embeddings, embeddings_of(args)
    args.stages = args.stages or [stage(SPOTS)]
    known = [args.embeddings] if args.embeddings.exists() else []
    records = folder_records(folder, animal_folders=args.animal_folders, unknown=args.unknown)
    if known and not {*load_embeddings(args.embeddings).names} & {*names_of(records)}:
        raise ValueError(
            f'{args.embeddings}: holds embeddings of other images and would be overwritten; choose another --out, or '
            f'remove it'
        )
    return embed_records(load_encoder(BUILT_IN), records, args.embeddings, known=known, skip_unusable=True)[1]


def embeddings_of(args: argparse.Namespace) -> Path:
    """Return where a folder's embeddings are kept."""
    return args.out.with_name(f'{args.out.stem}_embeddings.safetensors')


def rank(args: argparse.Namespace) -> dict:
    """Rank, write the file, and say so."""
    query, gallery = read(args)
    others = query if gallery is None else gallery
    once = cache(lambda: ranking_of(query, gallery, args))
    if args.stages or args.apart or args.by != 'image':
        write_rows(args.out, rows_of(query, others, [np.dstack(ranked(*once(), others, args))]))
    else:
        batches = in_batches(query, gallery, args)
        write_rows(args.out, rows_of(query, others, map(batches.load, range(batches.count))))
        batches.discard()
    print(f'wrote up to {args.k} matches of each of {len(query)} queries to {args.out}')
    if args.sheet:
        print(f'drew some of them in {write_whole(args.sheet, encode_jpeg(sheet(query, gallery, *once(), args)))}')
    if args.why:
        print(f'drew the spots of some in {write_whole(args.why, encode_jpeg(why(query, gallery, *once(), args)))}')
    return {'out': args.out, 'sheet': args.sheet, 'why': args.why, 'queries': len(query), 'k': args.k, 'by': args.by}


def in_batches(query: EmbeddingSet, gallery: EmbeddingSet | None, args: argparse.Namespace) -> Batches:
    """Search what is missing by cosines, a batch of queries at a time."""
    starts = range(0, len(query), QUERIES_AT_ONCE)
    batches = Batches(args.out.with_name(f'{args.out.name}.parts'), job_of(args), len(starts))
    missing = batches.missing()
    with progress('batches', len(starts), len(starts) - len(missing)) as advance:
        for batch in missing:
            batches.keep(batch, np.dstack(nearest(query, gallery, starts[batch], args.k)))
            advance()
    return batches


def write_rows(path: Path, rows: Iterator[Sequence]) -> None:
    """Write the ranked file, whole."""
    with whole_file(path) as file:
        file.writelines(line.encode() for line in csv_lines(rows))


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
    ranking: Ranking, apart: Apart, others: EmbeddingSet, args: argparse.Namespace
) -> tuple[np.ndarray, np.ndarray]:
    """Return similarities and gallery indices of all queries' best matches after all stages, (M, k) each."""
    if args.by == 'identity':
        return top_identities(ranking, others.column('identity'), args.k, apart)
    return ranking.top_k(args.k, apart)


def ranking_of(query: EmbeddingSet, gallery: EmbeddingSet | None, args: argparse.Namespace) -> tuple[Ranking, Apart]:
    """Return the ranking after all stages, and the pairs that are left out."""
    columns = query.columns, None if gallery is None else gallery.columns
    return Pipeline((Cosine(), *args.stages)).final(query, gallery), Apart.by_name(*columns, different=args.apart)


def sheet(
    query: EmbeddingSet, gallery: EmbeddingSet | None, ranking: Ranking, apart: Apart, args: argparse.Namespace
) -> np.ndarray:
    """Draw some queries beside their matches (H, W, 3)."""
    return draw_matches(query, gallery, ranking=ranking, by=args.by, k=min(args.k, MOST_DRAWN), apart=apart)


def why(
    query: EmbeddingSet, gallery: EmbeddingSet | None, ranking: Ranking, apart: Apart, args: argparse.Namespace
) -> np.ndarray:
    """Draw some queries with the spots that speak for their best match, wrong ones first (H, W, 3)."""
    from jaguar_mm.reports.why import draw_why  # needs torch

    spots = [stage for stage in args.stages if type(stage).__name__ in ON_KEYPOINTS][-1]
    return draw_why(spots, ranking, query, gallery, apart=apart)


def rows_of(query: EmbeddingSet, gallery: EmbeddingSet, batches: Iterable[np.ndarray]) -> Iterator[Sequence]:
    """Yield the header and the rows of the ranked file, of similarities and indices (B, k, 2), batch by batch."""
    yield ['query', 'rank', 'match', 'identity', 'similarity']
    identities = gallery.columns.get('identity', [None] * len(gallery))
    lists = (found for batch in batches for found in batch)
    for name, found in zip(query.names, lists, strict=True):
        for rank, (value, index) in enumerate(found.tolist(), 1):
            if index >= 0:
                yield [name, rank, gallery.names[int(index)], identities[int(index)] or '', value]


def job_of(args: argparse.Namespace) -> dict:
    """Return all that the matches depend on."""
    return {
        'query': file_digest(args.embeddings),
        'gallery': [file_digest(path) for path in args.gallery or []],
        'k': args.k,
        'at_once': QUERIES_AT_ONCE,
    }
