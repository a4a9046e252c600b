import os
import signal
import time
from multiprocessing import get_context

import pytest
from torch.utils.data import DataLoader

from jaguar_mm.engine.stop_signals import StopSignals, leave_stopping_to_parent
from tests.engine.training import config_with_hooks, settings, train


@pytest.fixture
def signals():
    watched = StopSignals()
    watched.watch()
    yield watched
    watched.ignore()


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT])
def test_the_first_signal_is_remembered_and_the_second_one_obeyed(signals, number):
    assert signals.agreed() == 0
    before = signal.getsignal(number)
    os.kill(os.getpid(), number)
    assert signals.agreed() == number
    assert signal.getsignal(number) is not before  # the handler from before us has its place again


def test_former_handlers_come_back():
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    watched = StopSignals()
    watched.watch()
    watched.ignore()
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before


class Pids:
    def __len__(self):
        return 8

    def __getitem__(self, index):
        time.sleep(0.05)
        return os.getpid()


def test_a_worker_outlives_a_stranger_s_signal_and_ends_with_its_loader():
    loader = DataLoader(Pids(), batch_size=1, num_workers=1, worker_init_fn=leave_stopping_to_parent)
    batches = iter(loader)
    worker = int(next(batches))
    if os.fork() == 0:  # a process that is not the worker's parent
        os.kill(worker, signal.SIGTERM)
        os.kill(worker, signal.SIGINT)
        os._exit(0)
    os.wait()
    assert [int(pid) for pid in batches] == [worker] * 7
    process = batches._workers[0]
    del batches
    process.join(timeout=10)
    assert not process.is_alive()


def wait_forever(ready):
    leave_stopping_to_parent(0)
    ready.send(True)
    time.sleep(60)


def test_a_parent_can_still_terminate_its_worker():
    receiver, ready = get_context('fork').Pipe()
    process = get_context('fork').Process(target=wait_forever, args=(ready,), daemon=True)
    process.start()
    assert receiver.recv()
    process.terminate()
    process.join(timeout=10)
    assert process.exitcode == 0


def test_a_whole_group_that_is_told_to_stop_saves_and_stops(competition, tmp_path):
    fault = dict(type='FaultHook', moment='step', at=3, marker=str(tmp_path / 'told'), number='SIGTERM', group=True)
    config = config_with_hooks(tmp_path, fault)
    done = train(competition, tmp_path / 'work', *settings(workers=2), config=config)
    assert done.returncode == 128 + signal.SIGTERM, done.stderr[-3000:]
    assert 'SIGTERM: saved and stopped' in done.stdout + done.stderr
    assert (tmp_path / 'work' / 'last_checkpoint').read_text().endswith('iter_4.pth')
