"""What trustworthy runs cost: every added step of a training timed beside the training step itself.

taskset -c 0 python benchmarks/trust.py

The training step is that of configs/synthetic/v3_resnet10t_gem.py (batch 32, 80 x 120 px) with random images, on one
core. Parts and steps alternate; medians. Loading is compared with the config's own pipeline on generated images,
saving with MMEngine's own saving of the same checkpoint. Writes benchmarks/results/trust.json.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import tempfile
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import torch
from mmengine.optim import OptimWrapper
from mmengine.registry import init_default_scope
from mmengine.runner import save_checkpoint
from mmpretrain.structures import DataSample

from jaguar_mm.configs.read import read_config
from jaguar_mm.datasets.samplers import Draw
from jaguar_mm.engine.checkpoints.file import read_checkpoint, write_checkpoint
from jaguar_mm.engine.hooks.finite import FiniteHook
from jaguar_mm.engine.stop_signals import StopSignals
from jaguar_mm.randomness import seed_generators
from jaguar_mm.registry import DATASETS, MODELS
from jaguar_mm.synthesis import CompetitionSpec, make_competition

ROOT = Path(__file__).resolve().parents[1]
CLASSES = 16
BATCH, SIZE = 32, (80, 120)
ROUNDS = 15
META = dict(image_name='train_0001.png', img_path='data/train/train_0001.png', identity='Abril', role='gallery')


def seconds(job: Callable[[], object]) -> float:
    """Return how long a job takes."""
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def medians(jobs: dict[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, float]:
    """Run all jobs in turn, several times, and return the median milliseconds of each."""
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds + 1):  # the first round warms up
        for name, job in jobs.items():
            times[name].append(seconds(job))
    return {name: round(1e3 * statistics.median(values[1:]), 4) for name, values in times.items()}


def step_costs() -> dict[str, float]:
    """Return the milliseconds of one training step and of what is added to it."""
    cfg = read_config(ROOT / 'configs/synthetic/v3_resnet10t_gem.py', {'model.head.num_classes': CLASSES})
    model = MODELS.build(cfg.model).train()
    optim_wrapper = OptimWrapper(torch.optim.AdamW(model.parameters(), lr=1e-3))
    runner = SimpleNamespace(model=model, optim_wrapper=optim_wrapper, iter=0)
    images = torch.randint(256, (BATCH, 3, *SIZE), dtype=torch.uint8)
    samples = [DataSample(metainfo=META).set_gt_label(index % CLASSES) for index in range(BATCH)]
    batch = dict(inputs=images, data_samples=samples)
    hook, signals = FiniteHook(), StopSignals()
    model.train_step(batch, optim_wrapper=OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.0)))
    for parameter in model.parameters():
        parameter.grad = torch.randn_like(parameter)  # kept by step() below, which never zeroes them

    def check() -> None:
        hook._remember_loss(model, (), dict(mode='loss', data_samples=samples), dict(loss=torch.ones(())))
        hook._check(runner)

    return medians(
        {
            'training step': lambda: model.train_step(batch, optim_wrapper=_without_zeroing(optim_wrapper)),
            'seeding the step': lambda: seed_generators('step', 0, 1, 2),
            'finite losses and gradients': check,
            'samples copied before mixing': lambda: [sample.new() for sample in samples],
            'signals and counters': lambda: (signals.agreed(), optim_wrapper.should_update()),
        }
    )


def _without_zeroing(optim_wrapper: OptimWrapper) -> OptimWrapper:
    """Return the wrapper with gradients kept, so that there is something to check."""
    optim_wrapper.zero_grad = lambda **_: None
    return optim_wrapper


def loading_costs(folder: Path) -> dict[str, float]:
    """Return the milliseconds of one image through the pipeline, and of its seeding and the gate's checks."""
    make_competition(CompetitionSpec(identities=2, train_per_identity=8, test_per_identity=0), folder)
    cfg = read_config(ROOT / 'configs/synthetic/v3_resnet10t_gem.py')
    dataset = DATASETS.build(cfg.train_dataloader.dataset | dict(data_root=str(folder), subset=None))

    def enter() -> None:
        with Draw(3, 0, 1).randomness():
            pass

    return medians({'image': lambda: dataset[3], 'seeding the image': enter}, rounds=60)


def saving_costs(folder: Path) -> dict[str, float]:
    """Return the milliseconds of saving and reading 256 MiB, by us and by MMEngine."""
    weights = {f'layer{index}': torch.randn(1 << 20) for index in range(64)}
    checkpoint = dict(meta=dict(iter=1, epoch=1), state_dict=OrderedDict(weights))
    ours, stock = str(folder / 'ours.pth'), str(folder / 'stock.pth')
    return medians(
        {
            'saving': lambda: write_checkpoint(ours, checkpoint),
            'saving by MMEngine': lambda: save_checkpoint(checkpoint, stock),
            'reading with checksum': lambda: read_checkpoint(ours),
            'reading by torch': lambda: torch.load(stock, weights_only=True),
        },
        rounds=5,
    )


def main() -> None:
    """Measure, print and write."""
    torch.set_num_threads(1)
    init_default_scope('jaguar_mm')
    with tempfile.TemporaryDirectory(dir=ROOT / 'work_dirs') as temporary:
        folder = Path(temporary)
        step, loading, saving = step_costs(), loading_costs(folder / 'data'), saving_costs(folder)
    added = sum(step.values()) - step['training step'] + BATCH * loading['seeding the image']
    result = dict(
        milliseconds=dict(step=step, loading=loading, saving_256_mib=saving),
        share_of_step=round(added / step['training step'], 5),  # as if the same core loaded the images
        machine=dict(
            processor=platform.processor() or platform.machine(), cores=os.cpu_count(), torch=torch.__version__
        ),
    )
    (ROOT / 'benchmarks' / 'results' / 'trust.json').write_text(json.dumps(result, indent=1) + '\n', encoding='utf-8')
    print(json.dumps(result, indent=1))


if __name__ == '__main__':
    main()
