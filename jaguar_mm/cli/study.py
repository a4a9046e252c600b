"""Which technique pays? jaguar-mm study PLAN.py [--work-dir DIR] [--workers N] ...

PLAN.py names a base, recipes that change one idea of it, benches (data to try them on) and seeds; some are in
benchmarks/studies. Every recipe is trained and tested on every bench with every seed by jaguar-mm train and jaguar-mm
test. What is done stays; started again, the study goes on, and another plan finds the trainings that both have. A
training that fails is named and does not stop the others; the exit code is then 1. With --collect nothing is trained:
the tables are made of what is done. The work dir gets

PLAN.csv    a row for each recipe, bench, seed and stage of ranking
PLAN.md     what each recipe adds to the base, with the interval over seeds and animals, and what it costs
BENCH/RECIPE/seed_N/    each training, with its log.txt

A difference of one seed is "screened only": another seed may say otherwise.
"""

from __future__ import annotations

import argparse
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import active_children
from pathlib import Path

from jaguar_mm.cli.answer import answering
from jaguar_mm.cli.errors import FOUND, errors_in_a_sentence
from jaguar_mm.cli.flags import add_json, at_least_one
from jaguar_mm.cli.parser import Parser
from jaguar_mm.cli.progress import progress
from jaguar_mm.storage import write_whole
from jaguar_mm.studies import Job, Plan, draw, is_done, jobs_of, page, read_plan, read_rows, rows_csv, run_job


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument('plan', type=Path, help='file of the plan')
    parser.add_argument('--work-dir', type=Path, default=Path('work_dirs/studies'), help='default: %(default)s')
    parser.add_argument('--workers', type=at_least_one, default=1, help='trainings at once (default 1)')
    parser.add_argument('--collect', action='store_true', help='train nothing; make the tables of what is done')
    add_json(parser)
    return parser.parse_args()


def main() -> None:
    """Run the study."""
    args = parse_args()
    failed: list[str] = []
    with answering(args.json) as answer, errors_in_a_sentence():
        plan = read_plan(args.plan)
        jobs = jobs_of(plan)
        failed = [] if args.collect else run(jobs, plan, args.work_dir, args.workers)
        done = [job for job in jobs if is_done(job, plan, args.work_dir)]
        write_results(done, args.work_dir, args.plan.stem)
        answer |= {'work_dir': args.work_dir, 'jobs': len(jobs), 'done': len(done), 'failed': failed}
    raise SystemExit(FOUND if failed else 0)


def run(jobs: list[Job], plan: Plan, work: Path, workers: int) -> list[str]:
    """Run all jobs, those that need the base's training after the others; return what failed."""
    failed = []
    parts: tuple[list[Job], list[Job]] = [], []
    for job in jobs:
        parts[not job.trains or job.config in plan.beforehand].append(job)
    with progress('trainings and tests', len(jobs)) as advance:
        for part in parts:
            with ThreadPoolExecutor(workers) as pool:
                for job in part:
                    draw(job, plan, work)
                running = {pool.submit(run_job, job, plan, work): job for job in part}
                with stopping(pool):
                    for future in as_completed(running):
                        advance()
                        if error := future.exception():
                            failed.append(f'{running[future].place}: {error}')
                            print(f'failed: {failed[-1]}')
    return failed


@contextmanager
def stopping(pool: ThreadPoolExecutor) -> Iterator[None]:
    """If this process is told to stop, stop the trainings, which save what they have, and begin no other."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C
    try:
        yield
    except KeyboardInterrupt:
        pool.shutdown(wait=False, cancel_futures=True)
        for training in active_children():
            training.terminate()
        raise
    finally:
        signal.signal(signal.SIGTERM, before)


def write_results(done: list[Job], work: Path, name: str) -> None:
    """Write the table and the page, and print the page."""
    rows = read_rows(done, work)
    text = page(done, rows, work)
    table, said = write_whole(work / f'{name}.csv', rows_csv(rows)), write_whole(work / f'{name}.md', text)
    print(text)
    print(f'wrote {table} and {said}')
