"""What a verb answers: sentences for a person, or JSON for a program."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any


@contextmanager
def answering(as_json: bool) -> Iterator[dict[str, Any]]:
    """Collect a verb's answer; as JSON it is all that is printed, and the sentences go to standard error.

    Args:
        as_json: What the flag ``--json`` says.

    Yields:
        A dict to fill with what JSON can hold, and paths.
    """
    answer: dict[str, Any] = {}
    if not as_json:
        yield answer
        return
    with redirect_stdout(sys.stderr):
        yield answer
    print(json.dumps(answer, default=str))
