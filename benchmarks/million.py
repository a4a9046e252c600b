"""The 20 best of each of a million embeddings, re-ranked.

python benchmarks/million.py [--count 1000000]

Clustered 512-d float32 embeddings with the int8 filter, run once. Writes results/million.json.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path

import torch

from jaguar_mm.retrieval import k_reciprocal_topk, topk_similarity

WIDTH, PER_IDENTITY, TOP, CHECKED = 512, 40, 20, 20


def embeddings(count: int) -> torch.Tensor:
    """Return clustered unit embeddings (N, D), made in place."""
    generator = torch.Generator().manual_seed(0)
    centres = torch.randn(max(2, count // PER_IDENTITY), WIDTH, generator=generator)
    rows = torch.randn(count, WIDTH, generator=generator)
    for first in range(0, count, len(centres)):
        rows[first : first + len(centres)] += centres[: count - first]
    return rows.div_(torch.linalg.vector_norm(rows, dim=1, keepdim=True))


def main() -> None:
    """Run once and write what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--count', type=int, default=1_000_000, help='embeddings (default a million)')
    count = parser.parse_args().count
    k_reciprocal_topk(embeddings(300), k=TOP, prefilter='int8')  # compile
    rows = embeddings(count)
    start, cpu = time.perf_counter(), time.process_time()
    distances, indices = k_reciprocal_topk(rows, k=TOP, prefilter='int8')
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # kB to GB
    assert distances.shape == indices.shape == (count, TOP)
    chosen = torch.arange(0, count, max(1, count // CHECKED))[:CHECKED]
    nearest = topk_similarity(rows[chosen], rows, k=TOP + 1)[1]
    shared = [
        len(set(row.tolist()) & set(own.tolist())) / TOP for row, own in zip(indices[chosen], nearest, strict=True)
    ]
    result = dict(
        count=count,
        width=WIDTH,
        seconds=round(seconds),
        cpu_seconds=round(cpu),
        peak_gb_with_embeddings=round(peak, 2),
        threads=torch.get_num_threads(),
        share_of_cosine_neighbours_kept=round(sum(shared) / len(shared), 3),
    )
    print(json.dumps(result))
    out = Path(__file__).parent / 'results' / 'million.json'
    out.write_text(json.dumps(result, indent=1) + '\n', encoding='utf-8')


if __name__ == '__main__':
    main()
