"""The full-size v3 on this machine: two training steps, one evaluation, one submission, with random weights.

python benchmarks/full_size_step.py [--work-dir DIR]

A tiny synthetic competition stands in for the real one; everything else is configs/eva02_gem.py as it is, at 448 px.
Prints the wall time and peak memory of training and testing, and writes them to benchmarks/results/full_size_step.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[1]
CONFIG = 'configs/eva02_gem.py'
IDENTITIES, BATCH = 2, 2


def run_tool(verb: str, *arguments: object) -> dict[str, float]:
    """Run one of the tools and return its wall time in seconds and its peak memory in GiB."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, '-m', 'jaguar_mm.cli', verb, *map(str, arguments)], cwd=ROOT)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f'jaguar-mm {verb} failed')
    return dict(seconds=round(time.perf_counter() - start, 1), peak_gib=round(usage.ru_maxrss / 2**20, 2))


def options(data: Path) -> list[str]:
    """Return the overrides that make the run short and offline; model, size and schedule stay."""
    loaders = [f'{name}_dataloader' for name in ('train', 'val', 'test')]
    return [
        '--cfg-options',
        f'data_root={str(data)!r}',
        *(f'{loader}.num_workers=0' for loader in loaders),
        *(f'{name}_dataloader.dataset.val_fraction=0.5' for name in ('train', 'val')),  # 4 images train, 4 validate
        f'train_dataloader.batch_size={BATCH}',
        'optim_wrapper.accumulative_counts=1',
        'train_cfg.max_epochs=1',
        'default_hooks.logger.interval=1',
        'model.backbone.pretrained=False',
    ]


def main() -> None:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--work-dir', type=Path, help='where everything goes; a temporary folder by default')
    with tempfile.TemporaryDirectory() as temporary:
        work = (parser.parse_args().work_dir or Path(temporary)).resolve()
        data = work / 'data'
        images = ['--train-per-identity', 4, '--test-per-identity', 2, '--size', 512]
        run_tool('synthesise', '--out', data, '--identities', IDENTITIES, *images)
        shared = ['--work-dir', work, *options(data)]
        trained = run_tool('train', CONFIG, *shared)
        checkpoint = (work / 'last_checkpoint').read_text(encoding='utf-8').strip()
        tested = run_tool('test', CONFIG, checkpoint, *shared, 'test_dataloader.dataset.solution=solution.csv')
        rows = len((work / 'submission.csv').read_text(encoding='utf-8').splitlines()) - 1
    result = dict(
        train_two_steps_of=BATCH,
        train=trained,
        test=tested,
        submission_rows=rows,
        machine=dict(
            processor=platform.processor() or platform.machine(), cores=os.cpu_count(), torch=torch.__version__
        ),
    )
    out = ROOT / 'benchmarks' / 'results' / 'full_size_step.json'
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(result, indent=1) + '\n', encoding='utf-8')
    print(json.dumps(result, indent=1))


if __name__ == '__main__':
    main()
