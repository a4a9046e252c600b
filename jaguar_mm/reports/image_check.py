"""What an inspection of image files found, as CSV and as a summary on the screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from jaguar_mm.images import Finding, ImageReport
from jaguar_mm.images.left_out import LEFT_OUT_KINDS
from jaguar_mm.storage.files import csv_text

Findings = Sequence[tuple[str, Finding]]  # (file, finding)


def findings_csv(findings: Findings) -> str:
    """Return one row a finding as CSV text: file, kind, what was found, what to do."""
    return csv_text(['file', *Finding._fields], [[path, *finding] for path, finding in findings])


def print_summary(reports: Sequence[ImageReport], findings: Findings, file: TextIO | None = None) -> None:
    """Print how many images there are, how large they are, and how many have which finding.

    Args:
        reports: One report an image, at least one.
        findings: All findings about them.
        file: Where to print; standard output by default.
    """
    sizes = [report.size for report in reports if report.size]
    with_alpha = sum(report.has_alpha for report in reports)
    table = Table(box=SIMPLE_HEAD, show_header=False, padding=(0, 1, 0, 0))
    table.add_row('images', f'{len(reports):,}')
    table.add_row('broken', f'{len(reports) - len(sizes):,}')
    for name, values in zip(('width', 'height'), zip(*sizes, strict=True), strict=False):  # no sizes, no rows
        table.add_row(name, f'{min(values):,} to {max(values):,} pixels')
    table.add_row('with alpha', f'{with_alpha:,}')
    table.add_row('without alpha', f'{len(sizes) - with_alpha:,}')
    counts = Counter(finding.kind for _, finding in findings)
    for kind in ('empty mask', 'opaque alpha', 'wrong ending', 'duplicate', *LEFT_OUT_KINDS):
        table.add_row(kind, f'{counts[kind]:,}')
    Console(file=file).print(table)
