"""What the choices for CPUs bring: layout, bfloat16, freed memory that stays, threads that sleep while they wait.

python benchmarks/cpu.py

A training step (forward, backward, AdamW) and the embedding of the same batch, by the network of the demo (resnet10t,
batch 32 of 80 x 120 px) and by MobileNetV2 (batch 16 of 224 x 224 px), on two threads: alone, and beside a program that
keeps one core busy. Every measurement has a process of its own; variants take turns, medians over
rounds. The cosines compare embeddings of synthetic images with those in float32 in the usual layout. Writes
benchmarks/results/cpu.json.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / 'benchmarks/results/cpu.json'
ENCODER = str(ROOT / 'configs/synthetic/resnet10t.safetensors')
NETWORKS = {
    'resnet10t': dict(batch=32, size=(120, 80), channels=(48, 96, 192, 384), checkpoint_path=ENCODER, pretrained=True),
    'mobilenetv2_100': dict(batch=16, size=(224, 224)),
}
VARIANTS = {  # what is chosen
    'before': (),
    'memory stays': ('memory',),
    '+ threads sleep': ('memory', 'threads'),
    '+ channels last': ('memory', 'threads', 'layout'),
    '+ bfloat16': ('memory', 'threads', 'layout', 'bfloat16'),
}
STEPS, ROUNDS, THREADS = 5, 3, 2


def measure(name: str, chosen: list[str], folder: str) -> dict:
    """Return the median milliseconds of steps and the peak memory of this process; keep the embeddings in a file."""
    import numpy as np
    import torch

    from jaguar_mm.networks import settle_on_cpu
    from jaguar_mm.networks.embedding_network import EmbeddingNetwork
    from jaguar_mm.networks.gem import GeM
    from jaguar_mm.networks.processor import keep_freed_memory
    from jaguar_mm.networks.timm_features import TimmFeatures

    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    arguments = {key: value for key, value in NETWORKS[name].items() if key not in ('batch', 'size')}
    network = EmbeddingNetwork(TimmFeatures(name, **arguments), GeM())
    if 'memory' in chosen:
        keep_freed_memory()
    if 'layout' in chosen:
        network = settle_on_cpu(network)
    optimiser = torch.optim.AdamW(network.parameters(), lr=0.0)
    images = torch.from_numpy(np.load(f'{folder}/{name}.npy'))

    def forward() -> torch.Tensor:
        with torch.autocast('cpu', torch.bfloat16, enabled='bfloat16' in chosen):
            return network(images)

    def train() -> None:
        forward().float().square().sum().backward()
        optimiser.step()
        optimiser.zero_grad()

    @torch.inference_mode()
    def embed() -> torch.Tensor:
        return forward()

    network.eval()
    np.save(f'{folder}/{name}-{len(chosen)}.out.npy', embed().float().numpy())
    embedding = median(embed)
    network.train()
    training = median(train)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return dict(train_ms=training, embed_ms=embedding, peak_gib=peak)


def median(job: Callable[[], object]) -> float:
    """Return the median milliseconds of a job, warmed up."""
    times = []
    for _ in range(STEPS + 2):
        start = time.perf_counter()
        job()
        times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times[2:])


@contextmanager
def neighbour(busy: bool) -> Iterator[None]:
    """Keep one core busy meanwhile, or not."""
    other = subprocess.Popen([sys.executable, '-c', 'while True: pass']) if busy else None
    try:
        yield
    finally:
        if other:
            other.kill()


def in_a_process(name: str, chosen: tuple[str, ...], folder: str) -> dict:
    """Measure a variant in a process of its own."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(('OMP_', 'GOMP_', 'MALLOC_'))}
    if 'threads' in chosen:
        environment['OMP_WAIT_POLICY'] = 'PASSIVE'
    command = [sys.executable, __file__, '--measure', name, json.dumps(chosen), folder]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def write_images(folder: str) -> None:
    """Write batches of normalised synthetic images (B, 3, H, W), by network."""
    import numpy as np

    from jaguar_mm.images import fixed_background, load_rgba, resize
    from jaguar_mm.synthesis import CompetitionSpec, make_competition

    spec = CompetitionSpec(identities=8, train_per_identity=4, test_per_identity=1, seed=5)
    make_competition(spec, Path(folder) / 'data')
    paths = sorted((Path(folder) / 'data').rglob('*.png'))
    for name, what in NETWORKS.items():
        images = [fixed_background(load_rgba(path).pixels, 'mean') for path in paths[: what['batch']]]
        pixels = np.stack([resize(image, what['size'], 'area') for image in images]).astype(np.float32)
        np.save(f'{folder}/{name}.npy', np.ascontiguousarray((pixels / 127.5 - 1).transpose(0, 3, 1, 2)))


def cosines(folder: str, name: str) -> dict[str, float]:
    """Return the least cosine of a variant's embeddings to those before, over the batch."""
    import numpy as np

    before = np.load(f'{folder}/{name}-0.out.npy')
    return {
        variant: float((before * np.load(f'{folder}/{name}-{len(chosen)}.out.npy')).sum(1).min())
        for variant, chosen in VARIANTS.items()
    }


def main() -> None:
    """Measure every variant in turn and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--measure', nargs=3, help=argparse.SUPPRESS)
    if given := parser.parse_args().measure:
        print(json.dumps(measure(given[0], json.loads(given[1]), given[2])))
        return
    found: dict = {}
    with tempfile.TemporaryDirectory() as folder:
        write_images(folder)
        for name in NETWORKS:
            for busy in (False, True):
                runs: dict[str, list[dict]] = {variant: [] for variant in VARIANTS}
                with neighbour(busy):
                    for _ in range(ROUNDS):
                        for variant, chosen in VARIANTS.items():
                            runs[variant].append(in_a_process(name, chosen, folder))
                rows = {
                    variant: {key: round(statistics.median(run[key] for run in some), 2) for key in some[0]}
                    for variant, some in runs.items()
                }
                found.setdefault(name, {})['busy' if busy else 'alone'] = rows
                print_rows(f'{name}, {"beside a busy neighbour" if busy else "alone"}', rows)
            found[name]['least_cosine'] = cosines(folder, name)
            print(found[name]['least_cosine'], flush=True)
    OUT.write_text(json.dumps(found, indent=1) + '\n', encoding='utf-8')


def print_rows(title: str, rows: dict[str, dict[str, float]]) -> None:
    """Print one table."""
    print(f'{title}\n| | training step, ms | embedding a batch, ms | peak, GiB |\n|---|---|---|---|')
    for variant, row in rows.items():
        print(f'| {variant} | {row["train_ms"]:.0f} | {row["embed_ms"]:.0f} | {row["peak_gib"]:.2f} |', flush=True)


if __name__ == '__main__':
    main()
