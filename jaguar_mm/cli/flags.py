"""Flags that several verbs have: the same thing has the same flag everywhere."""

from __future__ import annotations

import argparse
import ast
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from jaguar_mm import retrieval
from jaguar_mm.configs import add_config_options
from jaguar_mm.configs.sets import SETS
from jaguar_mm.encoders.built_in import NAME as BUILT_IN
from jaguar_mm.retrieval import Stage

JPEG = ('.jpg', '.jpeg')  # endings
ON_KEYPOINTS = {'LNBNN', 'LocalMatching'}  # stages


def add_workers(parser: argparse.ArgumentParser) -> None:
    """Add the flag ``--workers``."""
    parser.add_argument('--workers', type=at_least_one, default=os.cpu_count(), help='processes (default: one a core)')


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add the flag ``--json``, for :func:`~jaguar_mm.cli.answer.answering`."""
    parser.add_argument('--json', action='store_true', help='print the answer as JSON and nothing else')


def add_set(parser: argparse.ArgumentParser, default: str, choices: Sequence[str] = ('val', 'test')) -> None:
    """Add the flag ``--set``, which of a config's sets is meant."""
    parser.add_argument(
        '--set', choices=choices, default=default, help="which of the config's sets (default %(default)s)"
    )


def add_image_source(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say which images: a config and its sets, or ``--folder``; and ``--workers``."""
    parser.add_argument('config', nargs='?', help='config whose images are meant')
    parser.add_argument('--folder', type=Path, help='all images in and below this folder instead')
    parser.add_argument('--sets', nargs='+', choices=SETS, help="the config's sets (default: all that it has)")
    add_config_options(parser)
    add_workers(parser)


def at_least_one(text: str) -> int:
    """Return a flag's number.

    Raises:
        argparse.ArgumentTypeError: If it is no whole number of 1 or more.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f'must be at least 1, not {text}')
    return int(text)


def output_file(*endings: str) -> Callable[[str], Path]:
    """Return the type of a flag that names a file to write, so that no file has an ending that belies what is in it.

    Args:
        endings: Endings of what is written, such as ``'.csv'``.
    """

    def checked(text: str) -> Path:
        if Path(text).suffix not in endings:
            raise argparse.ArgumentTypeError(f'{text}: what is written is {" or ".join(endings)}; choose such a name')
        return Path(text)

    return checked


def refuse_overwriting(parser: argparse.ArgumentParser, out: Path, *inputs: str | os.PathLike | None) -> None:
    """End the program with the usage if what is to be written is also read."""
    for path in inputs:
        if path is not None and Path(path).resolve() == out.resolve():
            parser.error(f'argument --out: {out}: is read too and would be overwritten; choose another name')


def refuse_among_images(folder: Path, flags: Mapping[str, Path | None]) -> None:
    """Raise ValueError if an image would be written into a folder of images, which the next call would take for one.

    Args:
        folder: The images.
        flags: Name of a flag to the image it writes, None for nothing.
    """
    for flag, path in flags.items():
        if path is not None and folder.resolve() in path.resolve().parents:
            raise ValueError(
                f'{flag} {path}: lies among the images of {folder} and would be one of them; write it elsewhere'
            )


def refuse_folder(path: Path, flag: str = '') -> None:
    """Raise ValueError if a folder is given where its embeddings are meant.

    Args:
        path: What is given.
        flag: The flag that gives it, with a space behind it.
    """
    if path.is_dir():
        raise ValueError(
            f'{flag}{path}: is a folder; embed it first: jaguar-mm embed {BUILT_IN} --folder {path} --out '
            f'{path.resolve().name}.safetensors'
        )


def add_animal_folders(parser: argparse.ArgumentParser, folder: str) -> None:
    """Add the flags ``--animal-folders`` and ``--unknown``, which say who is in the folders in a folder of images."""
    parser.add_argument('--animal-folders', action='store_true', help=f'each folder in {folder} holds one animal')
    parser.add_argument('--unknown', nargs='*', help='names of such folders that stand for nobody')


def refuse_unknown_alone(args: argparse.Namespace) -> None:
    """Raise ValueError if ``--unknown`` is given without ``--animal-folders``, of which it speaks."""
    if args.unknown is not None and not args.animal_folders:
        raise ValueError('--unknown names folders of animals: give --animal-folders too')


def add_stages(parser: argparse.ArgumentParser) -> None:
    """Add the flag ``--stages`` of what ranks."""
    parser.add_argument(
        '--stages', type=stage, nargs='+', default=[], help='steps after the cosine, such as KReciprocalRerank:k1=20'
    )


def add_apart(parser: argparse.ArgumentParser) -> None:
    """Add the flag ``--apart``, which pairs of images do not count."""
    parser.add_argument('--apart', nargs='+', default=[], help='columns in which two images must differ')


def stage(text: str) -> Stage:
    """Return the stage that a flag describes, such as ``QueryExpansion:k=3`` or ``LNBNN:k=4,apart=('group',)``.

    Raises:
        argparse.ArgumentTypeError: If there is no such stage or setting.
    """
    kind, _, settings = text.partition(':')
    if not hasattr(retrieval, kind):
        _make_known(kind)
    try:
        given = [setting.partition('=') for setting in re.split(r',(?=\w+=)', settings) if setting]
        return Stage.from_dict({'type': kind, **{key: _value(value) for key, _, value in given}})
    except (ValueError, TypeError) as error:
        raise argparse.ArgumentTypeError(f'{text}: {error}') from error


def _make_known(kind: str) -> None:
    """Import the stages on keypoints; they need torch, which other stages do without."""
    try:
        import jaguar_mm.matching  # noqa: F401
    except ModuleNotFoundError:
        if kind in ON_KEYPOINTS:
            raise


def _value(text: str) -> object:
    """Return a number, a tuple, true or false as such, anything else as a text."""
    try:
        return ast.literal_eval(text.capitalize() if text in ('true', 'false', 'none') else text)
    except (ValueError, SyntaxError):
        return text
