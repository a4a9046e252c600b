"""Time and memory of retrieval against the bare product X @ X.T, on one pinned core.

taskset -c 1 python benchmarks/retrieval.py [--largest 100000]

Every measurement is a process of its own (so that peak memory is its own), with one thread; kernels are compiled before
the clock starts. Embeddings are clustered, 1,024-d float32: 40 images an identity. Writes results/retrieval.json and
results/retrieval.png. Losses are published beside wins: at 2,000 the product is faster than the re-ranking.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import matplotlib
import numpy as np
import torch
from threadpoolctl import threadpool_info

matplotlib.use('Agg')
import matplotlib.pyplot as plt
from dense_zhong2017 import rerank

from jaguar_mm.retrieval import k_reciprocal_rerank, k_reciprocal_topk, rank_statistics, score_features

WIDTH, PER_IDENTITY, TOP = 1024, 40, 20
RESULTS = Path(__file__).parent / 'results'
SIZES = {
    'product': (371, 2_000, 5_000, 10_000, 20_000),
    'product by NumPy': (371, 2_000, 5_000, 10_000, 20_000),
    'dense reference': (371, 2_000),
    'matrix': (371, 2_000, 5_000, 10_000),
    'top-20': (371, 2_000, 5_000, 10_000, 20_000, 100_000),
    'top-20 int8': (2_000, 5_000, 10_000, 20_000, 100_000),
    'ranks of a matrix': (10_000,),
    'all scores of features': (10_000,),
}


def embeddings(count: int) -> torch.Tensor:
    """Return clustered unit embeddings (N, D)."""
    generator = torch.Generator().manual_seed(0)
    centres = torch.randn(max(2, count // PER_IDENTITY), WIDTH, generator=generator)
    rows = centres[torch.arange(count) % len(centres)].add_(torch.randn(count, WIDTH, generator=generator))
    return torch.nn.functional.normalize(rows)


def job(name: str, rows: torch.Tensor) -> Callable[[], object]:
    """Return what is measured, as a function without arguments."""
    identities = np.arange(len(rows)) % max(2, len(rows) // PER_IDENTITY)
    if name == 'ranks of a matrix':
        similarity = (rows @ rows.T).numpy()
        return lambda: rank_statistics(similarity, identities)
    return {
        'product': lambda: rows @ rows.T,
        'product by NumPy': lambda: rows.numpy() @ rows.numpy().T,  # of one set with itself: half the work
        'dense reference': lambda: rerank(rows.numpy()),
        'matrix': lambda: k_reciprocal_rerank(rows),
        'top-20': lambda: k_reciprocal_topk(rows, k=TOP),
        'top-20 int8': lambda: k_reciprocal_topk(rows, k=TOP, prefilter='int8'),
        'all scores of features': lambda: score_features(rows, identities),
    }[name]


def memory(field: str) -> float:
    """Return a line of this process's status in GiB: VmRSS is the memory now, VmHWM its peak."""
    line = next(line for line in Path('/proc/self/status').read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) / 2**20


def measure(name: str, count: int, pipe: multiprocessing.connection.Connection) -> None:
    """Send the seconds of each run, and the peak memory in GiB beyond that of the embeddings and compiled kernels."""
    torch.set_num_threads(1)
    job(name, embeddings(200))()  # compile
    rows = embeddings(count)
    runs, seconds = 1 if count > 20_000 or name == 'dense reference' else 5 if count <= 5_000 else 3, []
    measured = job(name, rows)
    before = memory('VmRSS')
    Path('/proc/self/clear_refs').write_text('5')  # the peak starts anew
    if count <= 5_000 and name != 'dense reference':
        measured()
    for _ in range(runs):
        start = time.perf_counter()
        measured()
        seconds.append(time.perf_counter() - start)
    pipe.send((seconds, memory('VmHWM') - before))


def in_its_own_process(name: str, count: int) -> dict:
    """Measure in a fresh process."""
    context = multiprocessing.get_context('spawn')
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=measure, args=(name, count, sender))
    process.start()
    sender.close()
    seconds, memory = receiver.recv()
    process.join()
    return dict(name=name, n=count, seconds=statistics.median(seconds), runs=len(seconds), gib=round(memory, 3))


def draw(rows: list[dict], path: Path) -> None:
    """Plot time and memory against the number of embeddings."""
    figure, axes = plt.subplots(1, 2, figsize=(10, 4))
    columns = {'seconds': 'seconds, one thread', 'gib': 'GiB beyond the embeddings'}
    for axis, (key, label) in zip(axes, columns.items(), strict=True):
        for name in dict.fromkeys(row['name'] for row in rows):
            points = [(row['n'], max(row[key], 1e-3)) for row in rows if row['name'] == name]
            axis.loglog(*zip(*points, strict=True), marker='o', label=name)
        axis.set(xlabel='embeddings', ylabel=label)
        axis.grid(alpha=0.3)
    axes[0].legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def main() -> None:
    """Measure, write, draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--largest', type=int, default=100_000, help='leave out larger sets (default 100000)')
    largest = parser.parse_args().largest
    os.environ['OMP_NUM_THREADS'] = '1'
    rows, products = [], {}
    for name, sizes in SIZES.items():
        for count in (size for size in sizes if size <= largest):
            row = in_its_own_process(name, count)
            if name == 'product':
                products[count] = row['seconds']
            if count in products:
                row['ratio_to_product'] = round(row['seconds'] / products[count], 3)
            rows.append(row)
            print(row, flush=True)
    kernels = sorted({f'{pool["internal_api"]} {pool.get("architecture", "")}'.strip() for pool in threadpool_info()})
    machine = dict(platform=platform.machine(), torch=torch.__version__, numpy=np.__version__, threads=1, blas=kernels)
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(dict(width=WIDTH, machine=machine, rows=rows), indent=1)
    (RESULTS / 'retrieval.json').write_text(text + '\n', encoding='utf-8')
    draw(rows, RESULTS / 'retrieval.png')


if __name__ == '__main__':
    main()
