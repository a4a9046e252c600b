"""Errors in one sentence, and exit codes: 0 done, 1 something was found, 2 an error, 3 done without some images."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import NoReturn

FOUND = 1  # what was examined has faults
ERROR = 2  # nothing, or not all, was done; argparse's code for wrong flags too
INCOMPLETE = 3  # done, but some images were left out


@contextmanager
def errors_in_a_sentence(*others: type[Exception]) -> Iterator[None]:
    """End the program with one sentence where what it was given is at fault, instead of with a trace.

    Args:
        others: Errors that speak for themselves besides :class:`OSError` and :class:`ValueError`.
    """
    try:
        yield
    except BrokenProcessPool:
        stop('a worker was killed, for want of memory perhaps; try fewer --workers')
    except (OSError, ValueError, *others) as error:
        stop(str(error))


def stop(sentence: str) -> NoReturn:
    """End the program with a sentence that says what is wrong and what to do."""
    print(f'error: {sentence}', file=sys.stderr)
    raise SystemExit(ERROR)
