"""Plans, recipes on other bases, and what is made of results."""

import csv
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from jaguar_mm.configs.read import read_config
from jaguar_mm.studies import (
    Bench,
    Job,
    Plan,
    is_done,
    jobs,
    jobs_of,
    on_base,
    page,
    read_plan,
    read_rows,
    rows_csv,
    run_job,
)
from tests.cli.running import ROOT, refused, tool

BASE = 'configs/recipes/base.py'
COSFACE = 'configs/recipes/losses/cosface.py'


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch):
    monkeypatch.chdir(ROOT)


def plan_file(folder, text):
    path = folder / 'plan.py'
    path.write_text(text)
    return path


@pytest.mark.parametrize('path', sorted((ROOT / 'benchmarks/studies').glob('*.py')), ids=lambda path: path.name)
def test_the_plans_that_come_along_can_be_read(path):
    plan = read_plan(path)
    names = [(job.bench, job.recipe, job.seed) for job in jobs_of(plan)]
    assert (
        len(set(names)) == len(names) == len(plan.benches) * len(plan.seeds) * (2 + len(plan.recipes + plan.retested))
    )


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ("base = 'a.py'", 'a plan needs benches'),
        (f"base = {BASE!r}\nbenches = dict(a=dict())\nrecipe = ['a.py']", 'a plan has no recipe, only base'),
        (f"base = {BASE!r}\nbenches = dict(a=dict())\nrecipes = ['a/*.py']", r'there is no recipe a/\*\.py'),
        (f'base = {BASE!r}\nbenches = dict(a=dict(seed=1))', "bench 'a' has no seed, only base"),
        (f'base = {BASE!r}\nbenches = dict(a=dict(draw=dict(flanks=3)))', "bench 'a': flanks must be between 1 and 2"),
        (f'base = {BASE!r}\nbenches = dict(a=dict(draw=dict(animals=3)))', "bench 'a': .*animals"),
        (
            f"base = {BASE!r}\nbenches = dict(a=dict())\nrecipes = [{COSFACE!r}]\nbeforehand = dict(other=['demo'])",
            'beforehand names other, which is none of its recipes',
        ),
        (
            f'base = {BASE!r}\nbenches = dict(a=dict())\nrecipes = retested = [{COSFACE!r}]',
            'cosface.py is trained and retested; it can be one of the two',
        ),
        ("base = 'absent.py'\nbenches = dict(a=dict())", 'base absent.py is not there'),
    ],
)
def test_mistakes_in_a_plan_are_named(tmp_path, text, message):
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        read_plan(plan_file(tmp_path, text))


def test_a_recipe_on_its_own_base_stays_what_it_is(tmp_path):
    moved = read_config(on_base(COSFACE, BASE, BASE, tmp_path))
    assert moved.to_dict() == read_config(COSFACE).to_dict()


def test_a_recipe_on_another_base_changes_its_idea_alone(tmp_path):
    other = tmp_path / 'other.py'
    other.write_text(f'_base_ = {str(ROOT / BASE)!r}\n\nmodel = dict(neck=dict(norm=dict(out_channels=32)))\n')
    by_way = tmp_path / 'by_way.py'
    by_way.write_text(f'# An idea more.\n_base_ = (\n    {str(ROOT / COSFACE)!r}\n)\ntrain_cfg = dict(max_epochs=3)\n')
    moved = read_config(on_base(by_way, BASE, other, Path(os.path.relpath(tmp_path / 'moved'))))
    assert [loss for loss, it in moved.model.head.losses.items() if it] == ['cosface']
    assert (moved.train_cfg.max_epochs, moved.model.neck[-1].out_channels) == (3, 32)


def test_what_is_no_recipe_of_the_base_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r'does not inherit from .*base\.py'):
        on_base('configs/synthetic/v2_resnet10t_alpha.py', BASE, BASE, tmp_path)


def finished(work, job, seconds, by_stage, numbers):
    """Leave what a job leaves; the mean AP of each identity by stage."""
    reports = work / job.place / 'reports/test'
    reports.mkdir(parents=True)
    stages = list(by_stage)
    with (reports / 'identities.csv').open('w') as file:
        rows = [[number, 6, *(by_stage[stage][number] for stage in stages)] for number in range(numbers)]
        csv.writer(file).writerows([['identity', 'queries', *(f'mAP {stage}' for stage in stages)], *rows])
    with (reports / 'scores.csv').open('w') as file:
        rows = [['all', stage, np.mean(by_stage[stage]), 0.5] for stage in stages]
        csv.writer(file).writerows([['protocol', 'stage', 'mAP_ib', 'CMC@1'], *rows, ['few', 'raw', 0, 0]])
    (work / job.place / 'done.json').write_text(json.dumps(dict(seconds=seconds, job='')))


def test_results_are_compared_by_seed_and_the_last_stage_of_the_base(tmp_path):
    random, jobs = np.random.default_rng(0), []
    for seed in range(3):
        base = random.uniform(0.3, 0.5, 20)  # of each identity
        found = dict(base=base, good=base + 0.1, noise=base + random.normal(0, 0.05, 20), once=base + 0.2)
        for name, values in found.items():
            jobs.append(Job('a', name, 'a.py', seed, name))
            if name != 'once' or seed == 0:
                finished(tmp_path, jobs[-1], 30.0 if name == 'good' else 20.0, {'raw': values}, 20)
    done = [job for job in jobs if (tmp_path / job.place / 'done.json').exists()]
    rows = read_rows(done, tmp_path)
    assert len(rows) == 3 * 3 + 1
    table = list(csv.DictReader(rows_csv(rows).splitlines()))
    assert {row['rank_1'] for row in table} == {'0.5000'}
    lines = {line.split(' | ')[0].strip('| '): line for line in page(done, rows, tmp_path).splitlines()}
    assert '+0.100 (+0.100 to +0.100) | 1.50 | 3 | better' in lines['good']
    assert 'within noise' in lines['noise']
    assert '| 1 | screened only' in lines['once']  # whatever its difference
    assert list(lines).index('once') < list(lines).index('good') < list(lines).index('noise')


def test_a_page_has_a_table_for_each_group_of_recipes(tmp_path):
    plan = Plan(BASE, dict(a=Bench()), recipes=(COSFACE, 'configs/recipes/pooling/max.py'), seeds=(0,))
    done = jobs_of(plan)
    for job in done:
        finished(tmp_path, job, 20.0, {'raw': np.full(20, 0.5)}, 20)
    bench, *tables = page(done, read_rows(done, tmp_path), tmp_path).strip().split('\n\n')
    named = [[line.split(' | ')[0].strip('| ') for line in table.splitlines()[2:]] for table in tables]
    assert bench == '**a**'
    assert named == [['base', 'before training'], ['losses/cosface'], ['pooling/max']]


def test_the_jobs_of_one_seed_come_before_those_of_the_next():
    plan = Plan(BASE, dict(a=Bench(), b=Bench()), recipes=(COSFACE,), retested=(COSFACE,), seeds=(3, 4))
    jobs = jobs_of(plan)
    assert [job.seed for job in jobs] == [3] * 8 + [4] * 8
    assert [job.tests for job in jobs[:4]] == ['base', 'before training', 'losses/cosface', 'base']


def test_recipes_have_names_that_are_folders(tmp_path):
    elsewhere = ('../mine/gem.py', '/mine/max.py', 'mine/dual.py', COSFACE)
    found = [job.recipe for job in jobs_of(Plan(BASE, dict(a=Bench()), recipes=elsewhere, seeds=(0,)))]
    assert found[2:] == ['mine/gem', 'mine/max', 'mine/dual', 'losses/cosface']


def test_what_was_done_with_other_settings_is_not_taken_for_this_job(tmp_path):
    plan = Plan(BASE, dict(a=Bench()), recipes=(COSFACE,))
    job = jobs_of(plan)[2]
    assert not is_done(job, plan, tmp_path)
    finished(tmp_path, job, 20.0, {'raw': np.ones(3)}, 3)
    with pytest.raises(ValueError, match=r'a/losses_cosface/seed_0: was made with other settings; remove this folder'):
        is_done(job, plan, tmp_path)


def test_a_recipe_that_has_another_name_is_the_same_recipe(tmp_path, commands):
    renamed = tmp_path / 'renamed.py'
    base = ("'../base.py'", repr(str(ROOT / BASE)))
    renamed.write_text(Path(COSFACE).read_text().replace(*base))
    plans = [Plan(BASE, dict(a=Bench()), recipes=(str(path),), seeds=(0,)) for path in (COSFACE, renamed)]
    first, second = (jobs_of(plan)[2] for plan in plans)
    trained(tmp_path, first)
    run_job(first, plans[0], tmp_path)
    shutil.copytree(tmp_path / first.place, tmp_path / second.place)
    assert is_done(second, plans[1], tmp_path)


@pytest.fixture
def commands(monkeypatch):
    """Return the verbs that studies run, in place of running them."""
    found = []
    monkeypatch.setattr(jobs, '_run', lambda place, verb, *_: found.append(verb))
    return found


def trained(work, job):
    """Leave the checkpoint of a job's training."""
    (work / job.place).mkdir(parents=True)
    (work / job.place / 'epoch_1.pth').touch()
    (work / job.place / 'last_checkpoint').write_text(str(work / job.place / 'epoch_1.pth'))


def test_what_was_done_in_another_checkout_is_done(tmp_path, monkeypatch, commands):
    plan = Plan(BASE, dict(a=Bench()), recipes=(COSFACE,))
    job, work = jobs_of(plan)[2], tmp_path / 'work'
    trained(work, job)
    for checkout in ('one', 'other'):
        ignore = shutil.ignore_patterns('*.safetensors')
        monkeypatch.chdir(shutil.copytree(ROOT / 'configs', tmp_path / checkout / 'configs', ignore=ignore).parent)
        run_job(job, plan, work)
    assert commands == ['train', 'test']


def test_a_checkpoint_that_is_gone_is_named(tmp_path, commands):
    plan = Plan(BASE, dict(a=Bench()), retested=(COSFACE,))
    with pytest.raises(FileNotFoundError, match=r'is not there any more; remove .*base/seed_0/done\.json'):
        run_job(jobs_of(plan)[2], plan, tmp_path)
    assert commands == []


def test_what_a_recipe_needs_beforehand_is_run_with_the_base_of_its_seed(tmp_path, monkeypatch):
    verbs = ('publish {base} --out {data}/teacher.safetensors', "embed a --out '{place}/of test.safetensors'")
    plan = Plan(BASE, dict(a=Bench()), recipes=(COSFACE,), beforehand={COSFACE: verbs}, seeds=(1, 2))
    base, *_, job = jobs_of(plan)[3:]
    ran = []
    monkeypatch.setattr(jobs, '_run', lambda place, *command: ran.append(command))
    trained(tmp_path, base)
    trained(tmp_path, job)
    run_job(job, plan, tmp_path)
    checkpoint, data = tmp_path / 'a/base/seed_2/epoch_1.pth', tmp_path / 'data/a_2'
    assert ran[:2] == [
        ('publish', str(checkpoint), '--out', f'{data}/teacher.safetensors'),
        ('embed', 'a', '--out', f'{tmp_path}/a/losses_cosface/seed_2/of test.safetensors'),
    ]
    assert [verb for verb, *_ in ran] == ['publish', 'embed', 'train', 'test']


@pytest.mark.slow
def test_a_study_from_the_plan_to_the_page(tmp_path):
    drawn = dict(identities=3, train_per_identity=10, test_per_identity=3, size=96)
    bench = dict(draw=drawn, options=['train_cfg.max_epochs=1', 'train_dataloader.batch_size=8'])
    broken = tmp_path / 'broken.py'
    broken.write_text(f"_base_ = {str(ROOT / BASE)!r}\nmodel = dict(neck=dict(pool=dict(type='NoSuchPool')))\n")
    text = f'base = {BASE!r}\nbenches = dict(tiny={bench!r})\nrecipes = [{COSFACE!r}, {str(broken)!r}]\nseeds = [0]\n'
    command = ('study', plan_file(tmp_path, text), '--work-dir', tmp_path / 'work', '--workers', 2, '--json')
    done = tool(*command, check=False)
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    assert (answer['jobs'], answer['done'], len(answer['failed'])) == (4, 3, 1)
    assert 'NoSuchPool' in answer['failed'][0]
    rows = list(csv.DictReader(Path(tmp_path / 'work/plan.csv').read_text().splitlines()))
    assert {row['recipe'] for row in rows} == {'base', 'before training', 'losses/cosface'}
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / 'work').rglob('epoch_1.pth')}
    tool(*command, check=False)
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / 'work').rglob('epoch_1.pth')}
    shutil.rmtree(tmp_path / 'work/tiny/losses_cosface')
    collected = json.loads(tool(*command, '--collect').stdout)
    assert (collected['done'], collected['failed']) == (2, [])


@pytest.mark.slow
def test_a_study_that_is_stopped_stops_its_training_and_begins_no_other(tmp_path):
    drawn = dict(identities=3, train_per_identity=10, test_per_identity=3, size=96)
    bench = dict(draw=drawn, options=['train_cfg.max_epochs=10000', 'train_dataloader.batch_size=8'])
    plan = plan_file(
        tmp_path, f'base = {BASE!r}\nbenches = dict(tiny={bench!r})\nrecipes = [{COSFACE!r}]\nseeds = [0]\n'
    )
    work = tmp_path / 'work'
    command = [sys.executable, '-m', 'jaguar_mm.cli', 'study', str(plan), '--work-dir', str(work)]
    study = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    for _ in range(1200):
        if list((work / 'tiny/base/seed_0').glob('epoch_*.pth')):
            break
        time.sleep(0.1)
    study.terminate()
    _, said = study.communicate(timeout=120)
    assert (study.returncode, 'what is done is kept' in said) == (130, True)
    assert not (work / 'tiny/losses_cosface').exists()
    saved = [path.stat().st_mtime_ns for path in (work / 'tiny/base/seed_0').glob('*.pth')]
    time.sleep(3)
    assert saved == [path.stat().st_mtime_ns for path in (work / 'tiny/base/seed_0').glob('*.pth')]


def test_an_absent_plan_is_one_sentence(tmp_path):
    done = refused('study', tmp_path / 'absent.py')
    assert done.returncode == 2
    assert 'absent.py' in done.stderr
