"""The project's own training of v3 at full size, on a drawn competition."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from pathlib import Path

from commands import config, draw, overrides, verb
from measuring import Figures

WARMUP = 10  # iterations that are not counted


def main() -> None:
    """Run the command and read its log."""
    figures = Figures()
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        start = time.perf_counter()
        draw(work / 'data', figures.tiny)
        figures.add(what='competition drawn', seconds=time.perf_counter() - start)
        train(figures, work, 'as it is')
        if not figures.tiny:
            train(figures, work, '32 x 1', 'train_dataloader.batch_size=32', 'optim_wrapper.accumulative_counts=1')


def train(figures: Figures, work: Path, name: str, *options: str) -> None:
    """Train some iterations and tell speed and waiting from the log, the cache filled by the first epoch."""
    folder = work / name.replace(' ', '_')
    short = ['train_cfg.max_epochs=3', 'default_hooks.logger.interval=1', 'val_evaluator.stages=[]']
    chosen = [*overrides(work, figures.tiny), *short, *options]
    verb('train', config(figures.tiny), '--work-dir', folder, '--no-validate', *chosen)
    log = next(folder.glob('*/vis_data/scalars.json'))
    steps = [json.loads(line) for line in log.read_text(encoding='utf-8').splitlines()]
    steps = [step for step in steps if 'data_time' in step]
    counted = steps[len(steps) // 3 :] if len(steps) < 3 * WARMUP else steps[len(steps) // 3 + WARMUP :]
    batch = next((int(option.split('=')[1]) for option in options if 'batch_size' in option), 8)
    spent = sum(step['time'] for step in counted)
    figures.add(
        what='train',
        way=name,
        iterations=len(counted),
        median_ms=1e3 * statistics.median(step['time'] for step in counted),
        images_per_s=batch * len(counted) / spent,
        data_share=sum(step['data_time'] for step in counted) / spent,
        memory_mib=counted[-1].get('memory'),
        loss=counted[-1]['loss'],
    )


if __name__ == '__main__':
    main()
