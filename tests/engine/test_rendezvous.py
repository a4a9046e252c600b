"""Processes that torchrun starts again meet each other, not those that are gone, and part in order."""

import os
import subprocess
import sys

import pytest
from torch.distributed.elastic.utils.distributed import get_free_port

from jaguar_mm.engine.rendezvous import parting
from tests.tools.running import ROOT

KINDS = dict(
    c10d=lambda: ['--standalone'],
    static=lambda: ['--master-addr=127.0.0.1', f'--master-port={get_free_port()}'],
)


def restarted(kind, init_method, seconds=300):
    """Run meeting.py, whose last process is killed once, for so long at most: exit status and both outputs."""
    command = [sys.executable, '-m', 'torch.distributed.run', '--nproc-per-node=2', '--max-restarts=1']
    process = subprocess.Popen(
        [*command, *KINDS[kind](), 'tests/engine/meeting.py', init_method],
        cwd=ROOT,
        env=os.environ | {'OMP_NUM_THREADS': '1'},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        output, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.terminate()  # torchrun ends its processes too
        output, errors = process.communicate()
    return process.returncode, output, errors


@pytest.mark.parametrize('kind', KINDS)
def test_replaced_processes_meet(kind):
    status, output, errors = restarted(kind, 'attempt://')
    assert status == 0, errors[-3000:]
    assert output.count('met: 8') == 2


def test_stock_processes_look_for_those_that_are_gone():
    """They are refused, or wait for one another until the time is up."""
    status, output, _ = restarted('c10d', 'env://', seconds=60)
    assert status != 0
    assert 'met' not in output


@pytest.mark.parametrize('status', [None, 0, 143, 'an error'])
def test_parting_keeps_the_exit_status(status):
    def main():
        raise SystemExit(status)

    with pytest.raises(SystemExit) as stop:
        parting(main)()
    assert stop.value.code == status


def test_an_error_is_not_delayed_by_parting():
    def main():
        raise ValueError('as it was')

    with pytest.raises(ValueError, match='as it was'):
        parting(main)()
