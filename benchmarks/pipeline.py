"""Time and peak memory of scoring 20,000 embeddings through cosine, expansion and re-ranking, on one pinned core.

taskset -c 1 python benchmarks/pipeline.py [--count 20000]

Embeddings are clustered, 512-d float32, 40 images an identity. Every stage is made, scored in full (ranks and pair
metrics) and asked for its 20 best matches apart from bursts of four. Times are CPU seconds. Memory is the peak beyond
the embeddings, those that earlier stages made included; a matrix of similarities would take 1.49 GiB. Writes
results/pipeline.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from pathlib import Path

os.environ['OMP_NUM_THREADS'] = '1'

import numpy as np

from jaguar_mm.retrieval import Apart, Cosine, KReciprocalRerank, Pipeline, QueryExpansion, score_ranking

WIDTH, PER_IDENTITY, TOP, BURST = 512, 40, 20, 4
RESULTS = Path(__file__).parent / 'results'
PIPELINE = Pipeline((Cosine(), QueryExpansion(), KReciprocalRerank()))


def clustered(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return embeddings (N, D) and identities (N,)."""
    rng = np.random.default_rng(0)
    identities = np.arange(count) % max(2, count // PER_IDENTITY)
    centres = rng.standard_normal((identities.max() + 1, WIDTH), np.float32)
    rows = rng.standard_normal((count, WIDTH), np.float32)
    for start in range(0, count, 1000):
        rows[start : start + 1000] += 0.5 * centres[identities[start : start + 1000]]
    return rows, identities


def memory(field: str) -> float:
    """Return a line of this process's status in GiB: VmRSS is the memory now, VmHWM its peak."""
    line = next(line for line in Path('/proc/self/status').read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) / 2**20


def run(count: int) -> list[dict]:
    """Score every stage, and return what each took."""
    embeddings, identities = clustered(count)
    shot = np.arange(count) // (identities.max() + 1)  # of its animal
    apart = Apart(different=(identities + count * (shot // BURST),))
    before = memory('VmRSS')
    rankings, rows = PIPELINE(embeddings), []
    for name in rankings:
        Path('/proc/self/clear_refs').write_text('5')  # the peak starts anew
        marks = [time.process_time()]
        ranking = rankings[name]
        marks.append(time.process_time())
        scores = score_ranking(ranking, identities, apart=apart)
        marks.append(time.process_time())
        ranking.top_k(TOP, apart)
        marks.append(time.process_time())
        made, scored, listed = np.diff(marks).round(2).tolist()
        rows.append(
            dict(
                stage=name,
                cpu_seconds_to_make=made,
                cpu_seconds_to_score=scored,
                cpu_seconds_for_lists=listed,
                peak_gib=round(memory('VmHWM') - before, 3),
                identity_balanced_map=round(scores.identity_balanced_map, 6),
                pair_auc=round(scores.pairs.roc_auc(), 6),
            )
        )
        print(rows[-1], flush=True)
    return rows


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--count', type=int, default=20_000, help='how many embeddings (default 20000)')
    count = parser.parse_args().count
    for name, ranking in PIPELINE(clustered(200)[0]).items():  # compiles
        score_ranking(ranking, clustered(200)[1])
        ranking.top_k(TOP, Apart(different=(list(range(200)),)))
        print('compiled', name, flush=True)
    rows = run(count)
    report = dict(
        count=count,
        width=WIDTH,
        machine=platform.machine(),
        numpy=np.__version__,
        pipeline=PIPELINE.to_dict(),
        rows=rows,
    )
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / 'pipeline.json').write_text(json.dumps(report, indent=1) + '\n', encoding='utf-8')


if __name__ == '__main__':
    main()
