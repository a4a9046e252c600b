"""Progress bars."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Result = TypeVar('Result')


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
    columns = TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True)) as bar:
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
