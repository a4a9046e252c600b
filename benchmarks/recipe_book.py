"""Write what the studies found into each recipe's header and into the documentation.

python benchmarks/recipe_book.py            after jaguar-mm study ... --work-dir benchmarks/results/studies
python benchmarks/recipe_book.py --check    writes nothing; the exit code is 1 if something would change
"""

import sys
from pathlib import Path

from jaguar_mm.storage import write_whole
from jaguar_mm.studies import Job, Row, compared, jobs_of, page, read_plan, read_rows, rows_csv, verdict
from jaguar_mm.studies.jobs import DONE, UNTRAINED

RESULTS = Path('benchmarks/results/studies')
PLANS = {
    'benchmarks/studies/book.py': 'Hard bench',
    'benchmarks/studies/untouched.py': 'Untouched competitions',
    'benchmarks/studies/margin.py': 'Nyala, held out',
}
TABLES = Path('docs/recipes_measured.md')
BEGIN, END = '<!-- tables -->', '<!-- end of tables -->'


def main() -> None:
    """Write, or say what would change."""
    only_check = '--check' in sys.argv
    changed = {path: text for path, text in texts().items() if not path.is_file() or path.read_text('utf-8') != text}
    for path, text in changed.items():
        print(path)
        if not only_check:
            write_whole(path, text)
    raise SystemExit(only_check and bool(changed))


def texts() -> dict[Path, str]:
    """Return what each file should hold: the tables as CSV, the page, the recipes."""
    new: dict[Path, str] = {}
    tables = []
    for plan, bench in PLANS.items():
        jobs = [job for job in jobs_of(read_plan(plan)) if (RESULTS / job.place / DONE).is_file()]
        rows = read_rows(jobs, RESULTS)
        new[RESULTS / f'{Path(plan).stem}.csv'] = rows_csv(rows)
        tables.append(page(jobs, rows, RESULTS).replace(f'**{rows[0].bench}**', f'## {bench}'))
        recipes = {job.recipe: Path(job.config) for job in jobs if job.recipe not in ('base', UNTRAINED)}
        for recipe, path in recipes.items():
            text = new.get(path) or path.read_text('utf-8')
            new[path] = with_findings(text, bench, findings(jobs, rows, recipe, bench))
    head, _, rest = TABLES.read_text('utf-8').partition(BEGIN)
    new[TABLES] = '\n'.join([head + BEGIN, '', *tables, END + rest.partition(END)[2]])
    return new


def findings(jobs: list[Job], rows: list[Row], recipe: str, bench: str) -> list[str]:
    """Return a line for each stage of ranking that the base has not."""
    base = [row for row in rows if row.recipe == 'base']
    usual = {row.seed: row.seconds for row in base}
    here = [row for row in rows if row.recipe == recipe]
    stages = list(dict.fromkeys(row.stage for row in here))
    lines = []
    for stage in stages[1:] or stages:
        of_stage = [row for row in here if row.stage == stage]
        it = compared(jobs, of_stage[0].bench, recipe, stage, base[-1].stage, RESULTS)
        cost = sum(row.seconds for row in of_stage) / sum(usual[row.seed] for row in of_stage)
        named = f', {stage}' if stages[1:] else ''
        time = f', {cost:.1f} times the time' if cost >= 1.05 else ''
        seeds = 'one seed' if it.runs == 1 else f'{it.runs} seeds'
        lines.append(
            f'# {bench}, {seeds}{named}: mAP {it.difference:+.3f} ({it.low:+.3f} to {it.high:+.3f})'
            f' on {it.first:.3f}{time}: {verdict(it)}.'
        )
    return lines


def with_findings(text: str, bench: str, found: list[str]) -> str:
    """Return a recipe with these lines at the end of its header, in place of what was found before."""
    lines = [line for line in text.splitlines() if not line.startswith(f'# {bench}, ')]
    end = next(number for number, line in enumerate(lines) if not line.startswith('#'))
    return '\n'.join([*lines[:end], *found, *lines[end:]]) + '\n'


if __name__ == '__main__':
    main()
