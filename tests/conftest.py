import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FUZZ_CASES = pytest.StashKey[int]()


@pytest.fixture(scope='session')
def shared_data():
    """Folder of real pictures beside the repository, or where JAGUAR_MM_SHARED says; tests skip without it."""
    folder = Path(os.environ.get('JAGUAR_MM_SHARED', ROOT.parent / 'shared')) / 'data'
    if not folder.is_dir():
        pytest.skip(f'no real pictures at {folder}; set JAGUAR_MM_SHARED to the folder that holds data/')
    return folder


@pytest.fixture
def fuzz_cases(request):
    """Call with a number of damaged files tried; the sum is printed at the end of the run."""

    def count(cases: int) -> None:
        request.config.stash[FUZZ_CASES] = request.config.stash.get(FUZZ_CASES, 0) + cases

    return count


def pytest_terminal_summary(terminalreporter, config):
    if cases := config.stash.get(FUZZ_CASES, 0):
        terminalreporter.write_line(f'fuzz: {cases} damaged files tried')
