"""Which technique pays: recipes x seeds x benches, planned, run as a user would, and compared."""

from jaguar_mm.studies.jobs import Job, draw, is_done, jobs_of, run_job
from jaguar_mm.studies.page import page, verdict
from jaguar_mm.studies.plan import Bench, Plan, read_plan
from jaguar_mm.studies.recipe import on_base
from jaguar_mm.studies.results import Row, compared, read_rows, rows_csv

__all__ = [
    'Bench',
    'Job',
    'Plan',
    'Row',
    'compared',
    'draw',
    'is_done',
    'jobs_of',
    'on_base',
    'page',
    'read_plan',
    'read_rows',
    'rows_csv',
    'run_job',
    'verdict',
]
