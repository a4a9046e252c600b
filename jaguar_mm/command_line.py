"""What the tools have in common: flags, progress bars, and errors in one sentence.

Importing this is quick: the worker processes of some tools import it and need no torch.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from jaguar_mm.configs import add_config_options

JPEG = ('.jpg', '.jpeg')  # endings
SPLITS = ('train', 'val', 'test')
Result = TypeVar('Result')


def add_workers(parser: argparse.ArgumentParser) -> None:
    """Add the flag ``--workers``."""
    parser.add_argument('--workers', type=at_least_one, default=os.cpu_count(), help='processes (default: one a core)')


def add_picture_source(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say which pictures: a config and its sets, or ``--folder``; and ``--workers``."""
    parser.add_argument('config', nargs='?', help='config whose pictures are meant')
    parser.add_argument('--folder', type=Path, help='all pictures in and below this folder instead')
    parser.add_argument('--splits', nargs='+', choices=SPLITS, default=SPLITS, help="the config's sets (default: all)")
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


@contextmanager
def errors_in_a_sentence(*others: type[Exception]) -> Iterator[None]:
    """End the program with one sentence where what it was given is at fault, instead of with a trace.

    Args:
        others: Errors that speak for themselves besides :class:`OSError` and :class:`ValueError`.
    """
    try:
        yield
    except BrokenProcessPool as error:
        raise SystemExit('error: a worker was killed, for want of memory perhaps; try fewer --workers') from error
    except (OSError, ValueError, *others) as error:
        raise SystemExit(f'error: {error}') from error


@contextmanager
def progress(what: str, total: int | None, done: int = 0) -> Iterator[Callable[..., None]]:
    """Show a progress bar.

    Args:
        what: What is counted.
        total: How many there are; None: not known.
        done: How many were done before.

    Yields:
        A function to call after each, or with how many there were.
    """
    with Progress(TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()) as bar:
        yield partial(bar.advance, bar.add_task(what, total=total, completed=done))


def track(what: str, results: Iterable[Result], total: int | None = None) -> Iterator[Result]:
    """Pass results on under a progress bar.

    Args:
        what: What they are.
        results: The results.
        total: How many there will be; None: not known.
    """
    with progress(what, total) as advance:
        for result in results:
            yield result
            advance()
