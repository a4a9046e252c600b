"""Values of configs as code wants them."""

from __future__ import annotations

from collections.abc import Sequence


def listed(values: str | Sequence[str]) -> tuple[str, ...]:
    """Return one text or several as a tuple: a text is not taken apart into letters."""
    return (values,) if isinstance(values, str) else tuple(values)
