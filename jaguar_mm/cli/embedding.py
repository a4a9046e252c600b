"""Embed the images of records, as several verbs do, and write the file."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from jaguar_mm.cli.folder import images_in
from jaguar_mm.cli.progress import progress
from jaguar_mm.encoders import Encoder
from jaguar_mm.encoders.encoder import NothingUsable
from jaguar_mm.encoders.known import Known
from jaguar_mm.encoders.records import Record, with_content
from jaguar_mm.storage import EmbeddingSet, csv_text, save_embeddings, write_whole
from jaguar_mm.storage.unknown import known_columns

SHOWN = 10  # images left out that are named on the screen
BATCH_SIZE, WORKERS = 32, 2  # unless something else is asked for


def folder_records(folder: Path, *, animal_folders: bool, unknown: Sequence[str] | None) -> list[Record]:
    """Return records of the images in and below a folder.

    Args:
        folder: The folder.
        animal_folders: Whether each folder in it holds one animal of that name.
        unknown: Names of such folders that stand for nobody.

    Raises:
        FileNotFoundError: If there is no image.
        ValueError: If an image is in no animal's folder, or a folder's name usually stands for nobody and nothing is
            said of it.
    """
    records = [{'image_name': name, 'img_path': str(folder / name)} for name in images_in(folder)[0]]
    return _with_animals(folder, records, unknown) if animal_folders else records


def embed_records(
    encoder: Encoder,
    records: Sequence[Record],
    out: Path,
    *,
    known: Mapping[str, EmbeddingSet] | None = None,
    views: Sequence[str] = (),
    batch_size: int = BATCH_SIZE,
    workers: int = WORKERS,
    skip_unusable: bool = False,
) -> tuple[EmbeddingSet, dict[str, str]]:
    """Embed what is missing and write the file; an interrupted run, repeated, goes on with the batch that it was at.

    Args:
        encoder: What embeds.
        records: The images (N).
        out: The file, ``.safetensors``.
        known: Images that were embedded before, by the name of their file.
        views: Names of test-time views to embed as well.
        batch_size: Images that are embedded at once.
        workers: Threads that read and prepare images.
        skip_unusable: Whether to leave out images that cannot be used and list them in ``OUT_unusable.csv``.

    Returns:
        The embeddings, and the images that were left out with the reason.
    """
    known = known or {}
    for path, each in known.items():
        if {*each.views} != {*views}:
            raise ValueError(
                f'{path}: has the views {", ".join(each.views) or "none"}, not {", ".join(views) or "none"}; with '
                f'--known give or leave out --tta as for that file'
            )
    before = Known(known, encoder)
    records = with_content(records)
    new = before.missing(records)
    parts = out.with_name(f'{out.name}.parts')
    left_out: dict[str, str] = {}
    embedded = None
    try:
        if new:
            with progress('images', len(new)) as advance:
                embedded = encoder(
                    new,
                    views=views,
                    batch_size=batch_size,
                    workers=workers,
                    parts=parts,
                    keep=True,  # until the file is written
                    unusable=left_out if skip_unusable else None,
                    advance=advance,
                )
    except NothingUsable:
        shutil.rmtree(parts, ignore_errors=True)  # mended images are others
        if len(new) == len(records):
            raise
    whole = before.joined(records, embedded)
    if skip_unusable:
        _report_left_out(out.with_name(f'{out.stem}_unusable.csv'), left_out)
    save_embeddings(out, whole)
    shutil.rmtree(parts, ignore_errors=True)
    print(f'wrote {len(whole)} embeddings of width {whole.width} to {out}')
    if len(new) < len(records):
        print(f'{len(records) - len(new)} images were known')
    return whole, left_out


def _with_animals(folder: Path, records: list[Record], unknown: Sequence[str] | None) -> list[Record]:
    for record in records:
        if '/' not in record['image_name']:
            raise ValueError(f'{folder}: {record["image_name"]!r} is in no folder of an animal; move it into one')
    folders = [record['image_name'].partition('/')[0] for record in records]
    _check_folders(folder, folders, unknown or ())
    identities = known_columns(folder, {'folder': folders}, unknown, 'images', _flag)['folder']
    return [{**record, 'identity': identity} for record, identity in zip(records, identities, strict=True)]


def _check_folders(folder: Path, folders: Sequence[str], unknown: Sequence[str]) -> None:
    there = {name.casefold(): name for name in folders}
    for name in unknown:
        if name.casefold() not in there:
            near = get_close_matches(name.casefold(), there, 1)
            raise ValueError(
                f'--unknown {name}: there is no such folder with images in {folder}'
                + (f'; did you mean {there[near[0]]}?' if near else '')
            )


def _flag(unknown: Sequence[str]) -> str:
    """Return how the command line says which folders stand for nobody."""
    return shlex.join(['--unknown', *unknown])


def _report_left_out(path: Path, left_out: dict[str, str]) -> None:
    """Write which images were left out and why, and name the first ones on the screen."""
    write_whole(path, csv_text(['filename', 'problem'], left_out.items()))
    for why in list(left_out.values())[:SHOWN]:
        print(f'left out   {why}')
    if left_out:
        print(f'left out {len(left_out)} images that cannot be used, see {path}')
