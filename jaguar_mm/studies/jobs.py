"""The trainings and tests of a study, each by the very commands of a user, each done once."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import time
from dataclasses import dataclass
from pathlib import Path

from jaguar_mm.configs.read import read_config
from jaguar_mm.storage import write_whole
from jaguar_mm.studies.plan import Bench, Plan
from jaguar_mm.studies.process import run_verb
from jaguar_mm.studies.recipe import on_base
from jaguar_mm.synthesis import CompetitionSpec, make_competition

UNTRAINED = 'before training'
DONE, LOG = 'done.json', 'log.txt'


@dataclass(frozen=True)
class Job:
    """One training of a recipe and its test, or a test alone.

    Attributes:
        bench: Name of the bench.
        recipe: Name of the recipe, from its file; ``'base'`` is the base.
        config: File of the recipe.
        seed: Of the training, and of the drawn competition if there is one.
        tests: Name of the recipe whose training is tested; :data:`UNTRAINED` is the network as it starts.
    """

    bench: str
    recipe: str
    config: str
    seed: int
    tests: str

    @property
    def trains(self) -> bool:
        """Whether it trains, and not tests alone."""
        return self.recipe == self.tests != UNTRAINED

    @property
    def place(self) -> Path:
        """Its folder, from the study's."""
        return Path(self.bench) / self.recipe.replace('/', '_').replace(' ', '_') / f'seed_{self.seed}'


def jobs_of(plan: Plan) -> list[Job]:
    """Return all jobs; those of the first seed come first, and what others test comes before them."""
    named, retested = ({_name(path, plan.base): path for path in paths} for paths in (plan.recipes, plan.retested))
    jobs = []
    for seed in plan.seeds:
        for bench in plan.benches:
            jobs.append(Job(bench, 'base', plan.base, seed, 'base'))
            jobs.append(Job(bench, UNTRAINED, plan.base, seed, UNTRAINED))
            jobs += [Job(bench, name, path, seed, name) for name, path in named.items() if path != plan.base]
            jobs += [Job(bench, name, path, seed, 'base') for name, path in retested.items()]
    return jobs


def _name(path: str, base: str) -> str:
    """Return a recipe's name: its file below the folder of the base, or as it is given if it is elsewhere."""
    file = Path(path).with_suffix('')
    near = os.path.relpath(file, Path(base).parent)
    return '/'.join(part for part in file.parts if part not in ('..', '/')) if near.startswith('..') else near


def is_done(job: Job, plan: Plan, work: Path) -> bool:
    """Say whether a job has been done.

    Raises:
        ValueError: If another one was, with the same names but other settings.
    """
    path = work / job.place / DONE
    if not path.is_file():
        return False
    if json.loads(path.read_text(encoding='utf-8'))['job'] != _fingerprint(job, plan, work):
        raise ValueError(
            f'{path.parent}: was made with other settings; remove this folder or choose another --work-dir'
        )
    return True


def run_job(job: Job, plan: Plan, work: Path) -> None:
    """Train and test, unless that is done; an interrupted training goes on.

    Args:
        job: The job; what it tests is done.
        plan: The study.
        work: Folder of the study.

    Raises:
        RuntimeError: If a command fails; it names the log.
    """
    if is_done(job, plan, work):
        return
    bench, place = plan.benches[job.bench], work / job.place
    config = str(_config(job, plan, work))
    options = _options(job, bench, work)
    seconds = 0.0
    if job.trains:
        start = time.monotonic()
        for verb in plan.beforehand.get(job.config, ()):
            _run(place, *_filled(verb, job, plan, work))
        _run(place, 'train', config, '--work-dir', str(place), '--no-validate', '--resume', '--cfg-options', *options)
        seconds = time.monotonic() - start
    checkpoint = 'none' if job.tests == UNTRAINED else _checkpoint(work / _trained(job).place)
    _run(place, 'test', config, checkpoint, '--work-dir', str(place), '--cfg-options', *options)
    write_whole(place / DONE, json.dumps(dict(seconds=round(seconds, 1), job=_fingerprint(job, plan, work))))


def draw(job: Job, plan: Plan, work: Path) -> None:
    """Draw the competition of a job, unless it is there or the bench has data of its own."""
    drawn = plan.benches[job.bench].draw
    if drawn is not None and not _data(job, work).exists():
        spec = CompetitionSpec(**{**drawn, 'seed': drawn.get('seed', 0) + job.seed})
        make_competition(spec, _data(job, work), workers=os.cpu_count() or 1)


def _config(job: Job, plan: Plan, work: Path) -> Path:
    return on_base(job.config, plan.base, plan.benches[job.bench].base or plan.base, work / job.place / 'config')


def _fingerprint(job: Job, plan: Plan, work: Path) -> str:
    """Return what tells a job from all others, whatever their names are and wherever the checkout lies."""
    settings = read_config(_config(job, plan, work)).to_dict()
    bench = plan.benches[job.bench]
    beforehand = plan.beforehand.get(job.config, ()) if job.trains else ()
    tested = None if job.trains else job.tests
    told = repr((settings, bench.draw, bench.options, tested, *beforehand)).replace(os.getcwd() + os.sep, '')
    return hashlib.sha256(told.encode()).hexdigest()


def _data(job: Job, work: Path) -> Path:
    return work / 'data' / f'{job.bench}_{job.seed}'


def _options(job: Job, bench: Bench, work: Path) -> list[str]:
    data = [] if bench.draw is None else [f'data_root={str(_data(job, work).resolve())!r}']
    kept = 'default_hooks.checkpoint.max_keep_ckpts=2'
    return [f'randomness.seed={job.seed}', kept, *data, *bench.options]


def _filled(verb: str, job: Job, plan: Plan, work: Path) -> list[str]:
    """Return a verb that is run beforehand, its places filled in."""
    base = Job(job.bench, 'base', plan.base, job.seed, 'base')
    known = dict(data=_data(job, work).resolve(), place=work / job.place)
    if '{base}' in verb:
        known['base'] = _checkpoint(work / base.place)
    return [part.format(**known) for part in shlex.split(verb)]


def _trained(job: Job) -> Job:
    return Job(job.bench, job.tests, job.config, job.seed, job.tests)


def _checkpoint(place: Path) -> str:
    named = place / 'last_checkpoint'
    checkpoint = named.read_text(encoding='utf-8').strip() if named.is_file() else named
    if not os.path.isfile(checkpoint):
        raise FileNotFoundError(f'{checkpoint} is not there any more; remove {place / DONE} to train again')
    return str(checkpoint)


def _run(place: Path, verb: str, *arguments: str) -> None:
    """Run a verb as a process; what it says goes to the job's log."""
    place.mkdir(parents=True, exist_ok=True)
    status = run_verb(verb, *arguments, log=place / LOG)
    if status:
        last = (place / LOG).read_text(encoding='utf-8').strip().rpartition('\n')[2]
        raise RuntimeError(f'{place / LOG}: jaguar-mm {verb} ended with {status}: {last}')
