import os
import runpy
import tempfile
from functools import partial
from pathlib import Path

import pytest
from mmengine.registry import DefaultScope

from tests.cli.running import tool

IDENTITIES = 3
FUZZ_CASES = 'fuzz cases'
ROOT = Path(__file__).resolve().parent.parent

# Offline, here and in every process that a test starts.
OFFLINE = str(ROOT / 'tests' / 'offline')
os.environ['PYTHONPATH'] = os.pathsep.join(filter(None, [OFFLINE, os.environ.get('PYTHONPATH')]))
runpy.run_path(f'{OFFLINE}/sitecustomize.py')

# No test fills the user's cache of images, nor does a process that it starts.
CACHE = tempfile.TemporaryDirectory(prefix='jaguar_mm_cache_')
os.environ['JAGUAR_MM_CACHE'] = CACHE.name


@pytest.fixture(autouse=True)
def scope_of_registries():
    """Leave the default scope as it was: a runner sets it for the whole process, and another test builds in ours."""
    before = DefaultScope._instance_dict.copy()
    yield
    DefaultScope._instance_dict = before


@pytest.fixture(scope='session')
def shared_data():
    """Folder of real images beside the repository, or where JAGUAR_MM_SHARED says; tests skip without it."""
    folder = Path(os.environ.get('JAGUAR_MM_SHARED', ROOT.parent / 'shared')) / 'data'
    if not folder.is_dir():
        pytest.skip(f'no real images at {folder}; set JAGUAR_MM_SHARED to the folder that holds data/')
    return folder


@pytest.fixture(scope='session')
def competition(tmp_path_factory):
    """A tiny synthetic competition, made once by the real tool."""
    out = tmp_path_factory.mktemp('competition') / 'data'
    arguments = ['--identities', IDENTITIES, '--train-per-identity', 10, '--test-per-identity', 3, '--size', 96]
    tool('synthesise', '--out', out, *arguments, '--workers', 1)
    return out


@pytest.fixture
def fuzz_cases(record_property):
    """Call with a number of damaged files tried; the sum is printed at the end of the run."""
    return partial(record_property, FUZZ_CASES)


def pytest_terminal_summary(terminalreporter):
    reports = terminalreporter.getreports('passed') + terminalreporter.getreports('failed')
    if cases := sum(value for report in reports for name, value in report.user_properties if name == FUZZ_CASES):
        terminalreporter.write_line(f'fuzz: {cases} damaged files tried')
