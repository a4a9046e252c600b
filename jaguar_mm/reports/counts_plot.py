"""How many images each individual has, as a plot."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

Images = Sequence[tuple[str | None, str | None]]  # (identity, group), None where unknown

COLOURS = ('#4269d0', '#efb118', '#9498a0')
BAR = 0.2  # inches
TALLEST, UNNAMED = 60.0, 8.0  # inches; of more individuals than fit the names are left out


def plot_counts(parts: Mapping[str, Images]) -> Figure:
    """Draw one bar an individual, the largest on top, with one piece for each part.

    If groups are known, a dot shows how many an individual has, as images of one burst tell little more than one of
    them; an image without a group is one by itself.

    Args:
        parts: Name of a part to its images; those of unknown identity are counted in the legend only.

    Raises:
        ValueError: If no image has an identity.
    """
    counts = {part: Counter(identity for identity, _ in images) for part, images in parts.items()}
    unknown = {part: counter.pop(None, 0) for part, counter in counts.items()}
    totals = sum(counts.values(), Counter())
    if not totals:
        raise ValueError('no image has an identity to be counted by')
    order = sorted(totals, key=lambda identity: (totals[identity], identity))  # the last bar is on top
    height = 1.5 + BAR * len(order)
    named = height <= TALLEST
    figure = Figure((8, height if named else UNNAMED), layout='constrained')
    axes = figure.subplots()
    places, ends = range(len(order)), [0] * len(order)
    for (part, counter), colour in zip(counts.items(), COLOURS, strict=False):
        sizes = [counter[identity] for identity in order]
        label = f'{part}: {counter.total():,}' + (f', {unknown[part]:,} more of unknown' if unknown[part] else '')
        axes.barh(places, sizes, left=ends, height=0.8, color=colour, label=label)
        ends = [end + size for end, size in zip(ends, sizes, strict=True)]
    groups = _groups([image for images in parts.values() for image in images])
    if groups:
        axes.plot([groups[identity] for identity in order], places, 'k.', label='groups of near-duplicates')
    axes.set_yticks(places if named else [], [name.replace('$', r'\$') for name in order] if named else [], fontsize=8)
    title = f'{totals.total():,} images of {len(order):,} individuals'
    axes.set(xlabel='images', ylim=(-0.6, len(order) - 0.4), title=title)
    figure.legend(loc='outside lower center', ncols=2)
    return figure


def _groups(images: Images) -> dict[str, int]:
    """Return how many groups each individual has, nothing if no group is known at all."""
    members = defaultdict(set)
    for place, (identity, group) in enumerate(images):
        if identity is not None:
            members[identity].add(place if group is None else group)
    known = any(group is not None for _, group in images)
    return {identity: len(groups) for identity, groups in members.items()} if known else {}
