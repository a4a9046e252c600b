"""The command line of every verb: help as it is written, and errors in one sentence."""

from __future__ import annotations

import argparse
from typing import NoReturn

from jaguar_mm.cli.errors import stop


class Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in a sentence, without the usage of all flags before it.

    Args:
        description: The help: what the verb does, with examples.
    """

    def __init__(self, description: str | None) -> None:
        super().__init__(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)

    def error(self, message: str) -> NoReturn:
        """End the program."""
        if message.startswith('the following arguments are required: ') and ': -' not in message:
            message += ' (name it first: a flag that takes several values takes all that follow)'
        stop(f'{message}; {self.prog} --help says more')
