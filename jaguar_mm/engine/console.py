"""What is said on the console: little, since the log file has everything."""

from __future__ import annotations

import logging
from collections.abc import Iterable

FOR_THE_CONSOLE = {'console': True}  # marks what is news to the one who waits


def say(logger: logging.Logger, text: str) -> None:
    """Log something that belongs on the console too."""
    logger.info(text, extra=FOR_THE_CONSOLE)


def quiet(logger: logging.Logger) -> None:
    """Let a logger's console show warnings, errors and what :func:`say` says, as they are; its file is left alone."""
    for handler in console_handlers(logger):
        handler.setFormatter(_AsItIs())
        if not any(isinstance(each, _News) for each in handler.filters):
            handler.addFilter(_News())


def console_handlers(logger: logging.Logger) -> Iterable[logging.Handler]:
    """Yield the handlers that do not write to a file."""
    return (handler for handler in logger.handlers if not isinstance(handler, logging.FileHandler))


class _News(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.WARNING or getattr(record, 'console', False)


class _AsItIs(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        said = record.getMessage()
        return said if record.levelno < logging.WARNING else f'{record.levelname.lower()}: {said}'
