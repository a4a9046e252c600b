"""What each generation and each stage is worth: the CPU-size v1, v2 and v3 on several competitions, compared by seed.

python benchmarks/generations.py [--seeds 3]

Every seed is a competition of its own and the seed of the trainings on it. All start from the shipped encoder. Every
step runs the very tool that a user would run; what is done is not repeated. jaguar-mm compare pairs the seeds and says
what is real. Writes results/generations.json.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import torch
from running import ROOT, run_tool

from jaguar_mm.storage.files import write_whole

WORK, RESULTS = ROOT / 'work_dirs' / 'generations', ROOT / 'benchmarks' / 'results' / 'generations.json'
CONFIGS = dict(v1='v1_resnet10t_arcface', v2='v2_resnet10t_alpha', v3='v3_resnet10t_gem')
LAST = '+re-ranking'
COMPARISONS = (  # A, its stage, B, its stage
    ('v1', 'raw', 'v2', 'raw'),
    ('v2', 'raw', 'v3', 'raw'),
    ('v1', 'raw', 'v3', 'raw'),
    ('v3', 'raw', 'v3', '+TTA'),
    ('v3', '+TTA', 'v3', '+QE'),
    ('v3', '+QE', 'v3', LAST),
    ('v3', 'raw', 'v3', LAST),
    ('v1', 'raw', 'v3', LAST),
)


def train_and_test(generation: str, seed: int) -> None:
    """Leave the reports of one training on the test images, unless they are there."""
    data, work = WORK / 'data' / str(seed), WORK / generation / f'seed_{seed}'
    if (work / 'reports' / 'test' / 'identities.csv').exists():
        return
    if not data.exists():
        run_tool('synthesise', '--out', data, '--size', 192, '--seed', seed, '--workers', 1)
    config = f'configs/synthetic/{CONFIGS[generation]}.py'
    options = [f'randomness.seed={seed}']
    options += [f'data_root={str(data)!r}']
    run_tool('train', config, '--work-dir', work, '--no-validate', '--resume', '--cfg-options', *options)
    checkpoint = (work / 'last_checkpoint').read_text(encoding='utf-8').strip()
    run_tool('test', config, checkpoint, '--work-dir', work, '--cfg-options', *options)


def compared(first: str, first_stage: str, second: str, second_stage: str) -> dict:
    """Return what jaguar-mm compare finds."""
    with tempfile.TemporaryDirectory() as temporary:
        out = Path(temporary) / 'comparison.json'
        sides = (WORK / first, WORK / second, '--stage', first_stage, second_stage)
        run_tool('compare', *sides, '--set', 'test', '--out', out)
        found = json.loads(out.read_text(encoding='utf-8'))
    return dict(A=f'{first} {first_stage}', B=f'{second} {second_stage}') | found


def main() -> None:
    """Train, compare, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--seeds', type=int, default=3, help='competitions, each trained on by all (default 3)')
    seeds = range(parser.parse_args().seeds)
    for seed in seeds:
        for generation in CONFIGS:
            train_and_test(generation, seed)
    comparisons = [compared(*each) for each in COMPARISONS]
    write_whole(
        RESULTS,
        json.dumps(dict(seeds=len(seeds), torch=torch.__version__, comparisons=comparisons), indent=1) + '\n',
    )
    print('| A | B | A: mAP | B: mAP | B - A (95 % interval) | effect size | verdict |\n' + '|---' * 7 + '|')
    for row in comparisons:
        interval = f'{row["difference"]:+.3f} ({row["low"]:+.3f} to {row["high"]:+.3f})'
        scores = f'{row["first"]:.3f} | {row["second"]:.3f}'
        verdict = row['verdict'].partition(': the interval')[0]
        print(f'| {row["A"]} | {row["B"]} | {scores} | {interval} | {row["effect_size"]:.2f} | {verdict} |')


if __name__ == '__main__':
    main()
