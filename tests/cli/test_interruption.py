"""Ctrl-C ends a verb with one sentence, and the same command goes on."""

import json
import os
import signal
import subprocess
import sys
import time
from importlib import import_module

import numpy as np
import pytest
from PIL import Image

from tests.cli.running import ROOT, refused, tool

GOES_ON = 'interrupted; what is done is kept, and the same command goes on from there\n'


def interrupt(*_):
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ('verb', 'said'), [('embed', GOES_ON), ('rank', GOES_ON), ('mask', GOES_ON), ('threshold', 'interrupted\n')]
)
def test_one_sentence_and_the_code_of_shells(monkeypatch, verb, said):
    monkeypatch.setattr(import_module(f'jaguar_mm.cli.{verb}'), 'main', interrupt)
    done = refused(verb)
    assert (done.returncode, done.stderr, done.stdout) == (130, said, '')


def start(verb, *arguments):
    """Start a verb as a process that Ctrl-C reaches even if the tests run where it does not."""
    return subprocess.Popen(
        [sys.executable, '-m', 'jaguar_mm.cli', verb, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def interrupted(process, begun):
    """Send SIGINT once something is done, and return the exit code and what was said."""
    while not begun():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, wrong = process.communicate(timeout=60)
    return process.returncode, wrong


@pytest.mark.skipif(os.name != 'posix', reason='signals of POSIX')
def test_a_process_stops_at_once_and_goes_on(tmp_path):
    photos, out = tmp_path / 'photos', tmp_path / 'out'
    photos.mkdir()
    noise = np.random.default_rng(0)
    for place in range(24):
        Image.fromarray(noise.integers(0, 256, (300, 300, 3), dtype=np.uint8)).save(photos / f'{place:02}.png')
    process = start('mask', photos, '--out', out, '--workers', 1)
    code, wrong = interrupted(process, lambda: len(list(out.glob('*.png'))) >= 2)
    assert (code, 'Traceback' in wrong) == (130, False), wrong
    assert wrong.endswith(GOES_ON)
    made = len(list(out.iterdir()))
    assert made < 24
    assert not (out / 'masks.csv').exists()
    done = tool('mask', photos, '--out', out, '--json')
    assert json.loads(done.stdout)['images'] == 24
    assert f'wrote {24 - made} masked images to {out}, {made} were there' in done.stderr
