"""Invented names for invented jaguars."""

from __future__ import annotations

import math

from jaguar_mm.synthesis.streams import Stream, generator

SYLLABLES = tuple(
    place.split()
    for place in (
        'A Ba Ca Ce Du E Ga I Ja Ka Li Ma Na O Pi Ra So Ta U Xi',
        'ba bi ca du gua jo lia ma mi na pe qui ra ru si ta tu xo',
        'ba ca go ju la ma na no ra re sa ta ti xi ya zu',
    )
)
MOST_NAMES = math.prod(map(len, SYLLABLES))


def jaguar_names(count: int, seed: int) -> list[str]:
    """Return different names in alphabetical order; the same seed gives the same ones.

    Args:
        count: How many, at most :data:`MOST_NAMES`.
        seed: Seed of the competition.

    Raises:
        ValueError: If more names are asked for than there are.
    """
    if count > MOST_NAMES:
        raise ValueError(f'{count} identities asked for, but there are only {MOST_NAMES} names')
    chosen = generator(seed, Stream.NAMES).choice(MOST_NAMES, count, replace=False)
    return sorted(_name(int(number)) for number in chosen)


def _name(number: int) -> str:
    """Read a number as digits, one for each place in a name."""
    syllables = []
    for choices in reversed(SYLLABLES):
        number, digit = divmod(number, len(choices))
        syllables.append(choices[digit])
    return ''.join(reversed(syllables))
