"""Processes that torchrun starts again meet each other, not those that are gone, and part in order."""

import os
import subprocess
import sys

import pytest
from torch.distributed import TCPStore
from torch.distributed.elastic.utils.distributed import get_free_port
from torch.distributed.rendezvous import rendezvous

from jaguar_mm.engine.rendezvous import parting
from tests.cli.running import ROOT

KINDS = dict(
    c10d=lambda: ['--standalone'],
    static=lambda: ['--master-addr=127.0.0.1', f'--master-port={get_free_port()}'],
)


def restarted(kind):
    """Run meeting.py, whose last process is killed once."""
    command = [sys.executable, '-m', 'torch.distributed.run', '--nproc-per-node=2', '--max-restarts=1']
    return subprocess.run(
        [*command, *KINDS[kind](), 'tests/engine/meeting.py'],
        cwd=ROOT,
        env=os.environ | {'OMP_NUM_THREADS': '1'},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.parametrize('kind', KINDS)
def test_replaced_processes_meet(kind):
    done = restarted(kind)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count('met: 8') == 2


@pytest.mark.parametrize(('init_method', 'left'), [('env://', True), ('attempt://', False)])
def test_addresses_of_an_attempt_before_are_out_of_sight(monkeypatch, init_method, left):
    """With stock keys a process finds the address of one that is gone, and whether it waits for the new one is luck."""
    agent = TCPStore('127.0.0.1', 0, is_master=True, wait_for_workers=False)
    environment = dict(MASTER_ADDR='127.0.0.1', MASTER_PORT=agent.port, RANK=0, WORLD_SIZE=1)
    for name, value in (environment | dict(TORCHELASTIC_USE_AGENT_STORE=True)).items():
        monkeypatch.setenv(name, str(value))
    seen = []
    for attempt in range(2):
        monkeypatch.setenv('TORCHELASTIC_RESTART_COUNT', str(attempt))
        store, rank, world_size = next(rendezvous(init_method))
        assert (rank, world_size) == (0, 1)
        seen.append(store.check(['address']))
        store.set('address', f'of attempt {attempt}')
    assert seen == [False, left]


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
