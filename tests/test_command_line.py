import argparse
import subprocess
import sys
from concurrent.futures.process import BrokenProcessPool

import pytest

from jaguar_mm.command_line import (
    add_picture_source,
    add_workers,
    at_least_one,
    errors_in_a_sentence,
    progress,
    track,
)


def parsed(add, *arguments):
    parser = argparse.ArgumentParser()
    add(parser)
    return parser.parse_args(arguments)


def test_there_is_a_worker_for_every_core():
    assert parsed(add_workers).workers >= 1
    assert parsed(add_workers, '--workers', '3').workers == 3


@pytest.mark.parametrize('text', ['0', '-1', 'many', '1.5', ''])
def test_a_number_of_one_or_more(text, capsys):
    with pytest.raises(argparse.ArgumentTypeError, match=f'must be at least 1, not {text}'):
        at_least_one(text)
    with pytest.raises(SystemExit):
        parsed(add_workers, '--workers', text)
    assert 'argument --workers: must be at least 1' in capsys.readouterr().err


def test_pictures_come_from_a_config_or_a_folder():
    assert parsed(add_picture_source, 'a.py', '--splits', 'val').splits == ['val']
    assert str(parsed(add_picture_source, '--folder', 'pictures').folder) == 'pictures'
    with pytest.raises(SystemExit):
        parsed(add_picture_source, 'a.py', '--splits', 'nowhere')


@pytest.mark.parametrize('error', [FileNotFoundError('a.csv: not there'), ValueError('a.csv: not there')])
def test_an_error_is_one_sentence(error):
    with pytest.raises(SystemExit, match=r'^error: a\.csv: not there$'), errors_in_a_sentence():
        raise error


def test_other_errors_have_to_be_named():
    with pytest.raises(SystemExit, match='error: too much'), errors_in_a_sentence(RuntimeError):
        raise RuntimeError('too much')
    with pytest.raises(RuntimeError), errors_in_a_sentence():
        raise RuntimeError('a fault of ours')


def test_a_worker_that_was_killed_is_explained():
    with pytest.raises(SystemExit, match='a worker was killed'), errors_in_a_sentence():
        raise BrokenProcessPool


def test_progress_counts_what_was_done_before(capsys):
    with progress('pictures', 5, done=2) as advance:
        advance()
        advance(2)
    assert 'pictures' in (shown := capsys.readouterr().out)
    assert '5/5' in shown


def test_results_are_passed_on_as_they_come(capsys):
    seen = []
    for result in track('pictures', iter('abc'), 3):
        seen.append(result)
        assert seen == list('abc')[: len(seen)]
    assert '3/3' in capsys.readouterr().out
    assert list(track('entries', [])) == []


def test_workers_need_no_torch():
    program = "import sys, jaguar_mm.command_line; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, '-c', program], check=False).returncode == 0
