"""Stage 5: the project's own commands on a drawn competition: train v3 at full size, and embed."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from pathlib import Path

from commands import LARGE, SMALL, draw, verb
from measuring import Figures

WARMUP = 10  # iterations that are not counted


def main() -> None:
    """Run the commands and read their logs."""
    figures = Figures()
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        start = time.perf_counter()
        draw(work / 'data', figures.tiny)
        figures.add(what='competition drawn', seconds=time.perf_counter() - start)
        train(figures, work, 'as it is')
        if not figures.tiny:
            train(figures, work, '32 x 1', 'train_dataloader.batch_size=32', 'optim_wrapper.accumulative_counts=1')
        embed(figures, work)


def train(figures: Figures, work: Path, name: str, *options: str) -> None:
    """Train some iterations and tell speed and waiting from the log, the cache filled by the first epoch."""
    folder = work / name.replace(' ', '_')
    short = ['train_cfg.max_epochs=3', 'default_hooks.logger.interval=1', 'val_evaluator.stages=[]']
    verb('train', config(figures), '--work-dir', folder, '--no-validate', *overrides(figures, work), *short, *options)
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


def embed(figures: Figures, work: Path) -> None:
    """Embed the test set twice, so that the second run reads the cache."""
    for run in ('from files', 'from the cache'):
        start = time.perf_counter()
        out = work / f'{run[-4:]}.safetensors'
        said = verb('embed', config(figures), 'none', '--out', out, '--json', *overrides(figures, work))
        spent = time.perf_counter() - start
        count = json.loads(said)['images']
        figures.add(what='embed', way=run, images=count, seconds=spent, images_per_s=count / spent)


def config(figures: Figures) -> str:
    """Return the config that is run."""
    return SMALL if figures.tiny else LARGE


def overrides(figures: Figures, work: Path) -> list[str]:
    """Return what fits the config to the drawn competition and to no network."""
    options = [f'data_root={work / "data"}']
    if not figures.tiny:
        options += ['model.backbone.pretrained=False']
    return ['--cfg-options', *options]


if __name__ == '__main__':
    main()
