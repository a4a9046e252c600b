"""Rank a gallery for every image: jaguar-mm rank EMBEDDINGS [--gallery EMBEDDINGS ...] --out RANKED.csv ...

jaguar-mm rank FOLDER --out RANKED.csv ranks the images in and below FOLDER without a model of one's own: animals are
outlined, the built-in encoder finds candidates, and their coats are compared spot by spot. Without --gallery
RANKED_groups.csv says which images show one animal, see jaguar-mm group --help. The embeddings are kept in
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
import shlex
from functools import cache
from pathlib import Path

import numpy as np

from jaguar_mm.cli.answer import answering
from jaguar_mm.cli.errors import INCOMPLETE, errors_in_a_sentence
from jaguar_mm.cli.flags import (
    JPEG,
    ON_KEYPOINTS,
    add_animal_folders,
    add_apart,
    add_json,
    add_stages,
    at_least_one,
    output_file,
    refuse_among_images,
    refuse_folder,
    refuse_unknown_alone,
    stage,
)
from jaguar_mm.cli.own_folder import STAGES, embed_folder, embeddings_beside
from jaguar_mm.cli.parser import Parser
from jaguar_mm.cli.ranked_file import search_in_batches, write_matches
from jaguar_mm.reports import draw_matches, encode_jpeg
from jaguar_mm.retrieval import Apart, Cosine, Pipeline, Ranking, group_candidates, top_identities
from jaguar_mm.storage import EmbeddingSet, check_same_encoder, file_digest, join, load_embeddings, write_whole

MOST_DRAWN = 10  # matches beside a query


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument('embeddings', type=Path, help='embeddings of the queries, or a folder of images')
    parser.add_argument('--gallery', type=Path, nargs='+', help='what to search in (default: the queries themselves)')
    parser.add_argument('--out', type=output_file('.csv'), required=True, help='CSV file to write')
    parser.add_argument('--k', type=at_least_one, default=10, help='matches of each query (default 10)')
    add_stages(parser)
    add_apart(parser)
    parser.add_argument('--by', choices=['image', 'identity'], default='image', help='what is ranked')
    parser.add_argument('--sheet', type=output_file(*JPEG), help='also draw some queries and their matches, as JPEG')
    parser.add_argument('--why', type=output_file(*JPEG), help='also draw the spots that match, as JPEG')
    add_animal_folders(parser, 'FOLDER')
    add_json(parser)
    return parser.parse_args()


def main() -> None:
    """Retrieve."""
    args = parse_args()
    with answering(args.json) as answer, errors_in_a_sentence():
        check(args)
        folder = args.embeddings.is_dir()
        left_out = use_folder(args) if folder else {}
        answer |= rank(args, groups=folder and not args.gallery) | ({'left_out': left_out} if left_out else {})
    raise SystemExit(INCOMPLETE if left_out else 0)


def check(args: argparse.Namespace) -> None:
    """Look at what is named before anything is computed.

    Raises:
        FileNotFoundError: If there is nothing to rank.
        ValueError: If a gallery is a folder or would be overwritten, animals are asked for and none is named, folders
            are named and there are none, a sheet would lie among the images, or spots are to be drawn and no stage
            looks at them.
    """
    if not args.embeddings.exists():
        raise FileNotFoundError(f'{args.embeddings}: no such file or folder')
    refuse_unknown_alone(args)
    for path in args.gallery or []:
        refuse_folder(path, '--gallery ')
    named = [type(stage).__name__ for stage in args.stages]
    if args.embeddings.is_dir():
        check_folder(args)
    elif args.animal_folders:
        raise ValueError(f'{args.embeddings}: is no folder; give --animal-folders when its images are embedded')
    spots = bool({*named} & ON_KEYPOINTS) or (args.embeddings.is_dir() and not named)
    if args.why and not spots:
        raise ValueError('--why shows the spots that match: give a stage that looks at them, --stages LocalMatching')


def check_folder(args: argparse.Namespace) -> None:
    """Look at what is named with a folder of images; see :func:`check`."""
    refuse_among_images(args.embeddings, {'--sheet': args.sheet, '--why': args.why})
    if args.by == 'identity' and not (args.animal_folders or args.gallery):
        raise ValueError('--by identity ranks animals: give --animal-folders if each folder holds one animal')
    kept = embeddings_beside(args.out).resolve()
    for path in args.gallery or []:
        if path.resolve() == kept:
            raise ValueError(
                f'--gallery {path}: would be overwritten by the embeddings of {args.embeddings}; choose another --out'
            )


def use_folder(args: argparse.Namespace) -> dict[str, str]:
    """Put its embeddings in a folder's place, and spots in the place of no stages.

    Returns:
        The images that were left out, with the reason.
    """
    folder, args.embeddings = args.embeddings, embeddings_beside(args.out)
    if not args.stages:
        args.stages = [stage(text) for text in STAGES]
        print(f'compares coats: --stages {shlex.join(STAGES)}')
    return embed_folder(folder, args.embeddings, animal_folders=args.animal_folders, unknown=args.unknown)


def group(images: EmbeddingSet, ranking: Ranking, args: argparse.Namespace) -> Path | None:
    """Write which of a folder's images show one animal, if coats were compared; return the table."""
    from jaguar_mm.cli.group import LEAST, write_groups  # needs torch, as the built-in encoder does

    if type(args.stages[-1]).__name__ != 'LocalMatching':
        return None
    out, sheet = map(groups_beside, (args.out, args.sheet))
    write_groups(images, group_candidates(ranking.indices, ranking.own, LEAST), out, sheet)
    return out


def groups_beside(path: Path | None) -> Path | None:
    """Return where groups are written whose images' matches are written here."""
    return path and path.with_name(f'{path.stem}_groups{path.suffix}')


def rank(args: argparse.Namespace, groups: bool) -> dict:
    """Rank, write the file, and say so.

    Args:
        args: The command line.
        groups: Whether to write as well which images show one animal.
    """
    query, gallery = read(args)
    others = query if gallery is None else gallery
    once = cache(lambda: ranking_of(query, gallery, args))
    if args.stages or args.apart or args.by != 'image':
        write_matches(args.out, query, others, [np.dstack(ranked(*once(), others, args))])
    else:
        parts = args.out.with_name(f'{args.out.name}.parts')
        batches = search_in_batches(query, gallery, args.k, parts, digests(args))
        write_matches(args.out, query, others, map(batches.load, range(batches.count)))
        batches.discard()
    print(f'wrote up to {args.k} matches of each of {len(query)} queries to {args.out}')
    if args.sheet:
        print(f'drew some of them in {write_whole(args.sheet, encode_jpeg(sheet(query, gallery, *once(), args)))}')
    if args.why:
        print(f'drew the spots of some in {write_whole(args.why, encode_jpeg(why(query, gallery, *once(), args)))}')
    answer = {'out': args.out, 'sheet': args.sheet, 'why': args.why, 'queries': len(query), 'k': args.k, 'by': args.by}
    return answer | ({'groups': group(query, once()[0], args)} if groups else {})


def read(args: argparse.Namespace) -> tuple[EmbeddingSet, EmbeddingSet | None]:
    """Return queries and gallery.

    Raises:
        ValueError: If they come from different encoders.
    """
    paths = [args.embeddings, *(args.gallery or [])]  # the queries may be a gallery too
    query, *galleries = sets = [load_embeddings(path) for path in paths]
    check_same_encoder({str(path): each.encoder for path, each in zip(paths, sets, strict=True)})
    return query, join(galleries) if args.gallery else None


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


def digests(args: argparse.Namespace) -> dict:
    """Return what tells the files that are ranked from all others."""
    return {'query': file_digest(args.embeddings), 'gallery': [file_digest(path) for path in args.gallery or []]}
