import os
import shutil
import subprocess
import sys

import pytest

from tests.cli.running import ROOT

FIRST = 'from jaguar_mm.kernels import kernel\nWEIGHT = {weight}\n@kernel()\ndef weighted(x):\n    return WEIGHT * x\n'
SECOND = (
    'from jaguar_mm.kernels import kernel\nfrom herd.first import weighted\n'
    '@kernel()\ndef total(x):\n    return weighted(x) + 1\n'
)
ASK = 'from herd.second import total; print(total(10), len(total.stats.cache_hits))'
RANK = (
    'import warnings\n'
    'with warnings.catch_warnings(record=True) as said:\n'
    '    warnings.simplefilter("always")\n'
    '    import jaguar_mm.images, jaguar_mm.retrieval\n'
    'import numpy as np\n'
    'print(jaguar_mm.__file__)\n'
    'print([str(each.message) for each in said if "NUMBA_CACHE_DIR" in str(each.message)])\n'
    'animals = np.array([0, 0, 1, 1])\n'
    'print(jaguar_mm.retrieval.identity_balanced_map(np.eye(2)[animals] @ np.eye(2)[animals].T, animals))\n'
)
VARIABLES = ('NUMBA_CACHE_DIR', 'XDG_CACHE_HOME', 'HOME')


def ask(code, folder, prefix=(), **variables):
    """Run code where ``folder`` is the first place that modules are looked for."""
    environment = {key: value for key, value in os.environ.items() if key not in VARIABLES}
    environment |= {
        'PYTHONPATH': os.pathsep.join([str(folder), str(ROOT), os.environ['PYTHONPATH']]),
        'HOME': f'{folder}/home',
    } | variables
    done = subprocess.run(
        [*prefix, sys.executable, '-B', '-c', code],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def herd(tmp_path):
    """A package whose second kernel calls the first one, in another file."""
    (tmp_path / 'herd').mkdir()
    (tmp_path / 'herd/first.py').write_text(FIRST.format(weight=1))
    (tmp_path / 'herd/second.py').write_text(SECOND)
    return tmp_path


def test_kernels_are_kept_until_any_source_of_their_room_changes(herd):
    assert ask(ASK, herd) == ['11 0']
    assert ask(ASK, herd) == ['11 1']
    (herd / 'herd/first.py').write_text(FIRST.format(weight=2))
    assert ask(ASK, herd) == ['21 0']


def test_numba_alone_answers_from_the_source_before(herd):
    for path in (herd / 'herd').iterdir():
        source = path.read_text().replace('from jaguar_mm.kernels import kernel', 'from numba import njit')
        path.write_text(source.replace('@kernel()', '@njit(cache=True)'))
    assert ask(ASK, herd) == ['11 0']
    first = herd / 'herd/first.py'
    first.write_text(first.read_text().replace('WEIGHT = 1', 'WEIGHT = 2'))
    assert ask(ASK, herd) == ['11 1']


def test_a_folder_can_be_given_and_the_home_is_the_last_resort(herd):
    (herd / 'herd/__pycache__').write_text('in the way')
    assert ask(ASK, herd, NUMBA_CACHE_DIR=str(herd / 'given')) == ['11 0']
    assert ask(ASK, herd, NUMBA_CACHE_DIR=str(herd / 'given')) == ['11 1']
    assert ask(ASK, herd) == ['11 0']
    assert ask(ASK, herd) == ['11 1']
    assert {path.name for path in herd.iterdir()} == {'given', 'herd', 'home'}


def test_without_any_folder_the_package_works_and_warns_once(tmp_path):
    """Files stand where folders are wanted: unlike permissions, this stops root as well."""
    copy = shutil.copytree(ROOT / 'jaguar_mm', tmp_path / 'jaguar_mm', ignore=shutil.ignore_patterns('__pycache__'))
    for room in ('retrieval', 'images'):
        (copy / room / '__pycache__').write_text('in the way')
    (tmp_path / 'in_the_way').write_text('')
    place, said, score = ask(RANK, tmp_path, HOME=f'{tmp_path}/in_the_way', NUMBA_CACHE_DIR='in_the_way/given')
    assert place == str(copy / '__init__.py')
    assert said.count('set NUMBA_CACHE_DIR to a folder that can be written') == 1
    assert 'retrieval' not in said  # nothing but the one warning
    assert float(score) == 1


def test_an_installation_and_a_home_that_may_only_be_read(tmp_path):
    copy = shutil.copytree(ROOT / 'jaguar_mm', tmp_path / 'jaguar_mm', ignore=shutil.ignore_patterns('__pycache__'))
    home = tmp_path / 'home'
    home.mkdir()
    for folder in (home, *(path for path in copy.rglob('*') if path.is_dir()), copy):
        folder.chmod(0o555)
    place, said, score = ask(RANK, tmp_path, powerless())
    assert place == str(copy / '__init__.py')
    assert said.count('set NUMBA_CACHE_DIR') == 1
    assert float(score) == 1


def powerless():
    """Return what makes a command obey permissions even if root runs it."""
    if os.getuid() != 0:
        return []
    return (
        ['setpriv', '--bounding-set=-all', '--inh-caps=-all']
        if shutil.which('setpriv')
        else pytest.skip('needs setpriv')
    )
