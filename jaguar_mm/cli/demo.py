"""The whole road on a CPU: jaguar-mm demo [--work-dir DIR].

Makes the synthetic competition, trains the CPU-size v3, tests it, and ends with a table of scores, a valid
submission.csv and an image of ranked results. Each step is the very command that a user would give. For comparison the
table also has the network with random weights, and with the shipped encoder that has never seen these animals.
"""

from __future__ import annotations

import csv
import time
from pathlib import Path

from rich.console import Console

from jaguar_mm.cli.parser import Parser
from jaguar_mm.cli.process import run_verb
from jaguar_mm.reports import print_scores

CONFIG = 'jaguar_mm::synthetic/v3_resnet10t_gem.py'


def read_scores(path: Path) -> dict[tuple[str, str], dict[str, float]]:
    """Read a run's ``scores.csv`` as (protocol, stage) to metric to value."""
    with path.open(encoding='utf-8', newline='') as file:
        rows = list(csv.DictReader(file))
    keys = ('protocol', 'stage')
    return {tuple(row[key] for key in keys): {k: float(v) for k, v in row.items() if k not in keys} for row in rows}


def main() -> None:
    """Run the demo."""
    parser = Parser(__doc__)
    parser.add_argument('--work-dir', type=Path, default=Path('work_dirs/demo'), help='where everything goes')
    work = parser.parse_args().work_dir.resolve()
    start = time.perf_counter()

    data = work / 'data'
    at = ('--cfg-options', f'data_root={str(data)!r}')
    random, encoder, trained = (work / name for name in ('random', 'encoder', 'trained'))
    run_verb('synthesise', '--out', str(data), '--size', '192', '--overwrite')
    run_verb('test', CONFIG, 'none', '--work-dir', str(random), *at, 'model.backbone.checkpoint_path=')
    run_verb('test', CONFIG, 'none', '--work-dir', str(encoder), *at)
    run_verb('train', CONFIG, '--work-dir', str(trained), *at)
    checkpoint = (trained / 'last_checkpoint').read_text(encoding='utf-8').strip()
    run_verb('test', CONFIG, checkpoint, '--work-dir', str(trained), *at)

    starts = {('all', 'untrained'): random, ('all', 'encoder only'): encoder}
    before = {row: read_scores(folder / 'reports/test/scores.csv')['all', 'raw'] for row, folder in starts.items()}
    after = read_scores(trained / 'reports/test/scores.csv')
    print_scores(before | after, title='Held-out test images')
    console = Console()
    console.print(f'submission  {trained / "submission.csv"}')
    console.print(f'image       {trained / "reports/test/ranked.jpg"}')
    console.print(f'time        {time.perf_counter() - start:.0f} s')
