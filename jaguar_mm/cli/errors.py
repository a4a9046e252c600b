"""Errors in one sentence, and exit codes: 0 done, 1 something was found, 2 an error, 3 done without some images.

130 is Ctrl-C, as shells have it.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import NoReturn

FOUND = 1  # what was examined has faults
ERROR = 2  # nothing, or not all, was done; argparse's code for wrong flags too
INCOMPLETE = 3  # done, but some images were left out
INTERRUPTED = 130  # by SIGINT


@contextmanager
def errors_in_a_sentence() -> Iterator[None]:
    """End the program with one sentence where what it was given is at fault, instead of with a trace.

    These are :class:`OSError`, :class:`ValueError`, :class:`ArithmeticError` and :class:`MemoryError`, and what a
    registry says of an entry of a config. Anything else is a fault of ours, and its trace stays. Warnings are
    sentences too.
    """
    shown = warnings.showwarning
    warnings.showwarning = lambda message, *_: print(f'warning: {message}', file=sys.stderr)
    try:
        yield
    except BrokenProcessPool:
        stop('a worker was killed, for want of memory perhaps; try fewer --workers')
    except (OSError, ValueError, ArithmeticError, MemoryError) as error:
        stop(sentence_of(error))
    except (KeyError, TypeError, ImportError) as error:
        if not (is_from_registry(error) or 'pip install' in str(error)):
            raise
        stop(sentence_of(error))
    finally:
        warnings.showwarning = shown


def sentence_of(error: Exception) -> str:
    """Return what an error says, without the trace that a dataloader's worker puts before it."""
    said = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    if said.startswith('Caught ') and 'Original Traceback' in said:
        return said.rstrip().rpartition('\n')[2].partition(': ')[2]
    return said


def is_from_registry(error: Exception) -> bool:
    """Say whether a registry could not build what a config asks for: no such type, or no such argument of it."""
    said = sentence_of(error)
    return ' registry' in said or ('.__init__() ' in said and ' argument' in said)


def stop(sentence: str, code: int = ERROR) -> NoReturn:
    """End the program with a sentence that says what is wrong and what to do."""
    print(f'error: {sentence}' if code == ERROR else sentence, file=sys.stderr)
    raise SystemExit(code)
