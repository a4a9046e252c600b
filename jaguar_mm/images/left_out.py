"""What a listing of a folder leaves out, as findings and in sentences, so that no animal vanishes unseen."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator

from jaguar_mm.images.folder import Listing
from jaguar_mm.images.gate.unread import UNREAD
from jaguar_mm.images.inspection import Finding

NO_DATA = Finding('no data', 'is called like what a system or a program leaves behind', 'rename it if it is data')
UNREAD_KIND = 'format not read'
SHOWN = 10  # names in a sentence
REASONS = {
    'leftovers': NO_DATA,
    'loops': Finding('loop', 'is a link to a folder that it lies in', 'remove the link'),
    'broken': Finding('broken link', 'is a link to nothing', 'mend the link, or remove it'),
    'misnamed': Finding('misnamed', 'has a name that is no UTF-8', 'rename it'),
    'empty': Finding('no images', 'is a folder without an image', 'give it images that can be read, or remove it'),
}
LEFT_OUT_KINDS = (UNREAD_KIND, *(reason.kind for reason in REASONS.values()))
LeftOut = tuple[str, Finding]  # path below the folder, and why it is left out


def left_out(listing: Listing) -> list[LeftOut]:
    """Return what is below a folder but not among its images, and why."""
    found = [(name, _unread(name)) for name in listing.unread]
    return found + [(name, reason) for field, reason in REASONS.items() for name in getattr(listing, field)]


def sentences(folder: str | os.PathLike, found: Iterable[LeftOut]) -> Iterator[str]:
    """Yield one sentence for each kind of what is left out: how many, the first of them, and what to do."""
    kinds = defaultdict(list)
    for name, finding in found:
        kinds[finding.kind].append((name, finding.advice))
    for kind, members in kinds.items():
        named = ', '.join(repr(name) for name, _ in members[:SHOWN])
        more = ', ...' if len(members) > SHOWN else ''
        yield f'{folder}: {len(members)} left out ({kind}): {named}{more}; {members[0][1]}'


def _unread(name: str) -> Finding:
    ending = os.path.splitext(name)[1].lower()
    known = next(each for each in UNREAD if ending in each.endings)
    return Finding(UNREAD_KIND, f'is {known.name}, which is not read', 'export it as JPEG or PNG')
