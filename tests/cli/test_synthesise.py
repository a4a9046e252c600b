import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
SMALL = ('--identities', '2', '--train-per-identity', '2', '--test-per-identity', '1', '--size', '64', '--workers', '1')


def tool(*arguments):
    command = [sys.executable, 'tools/synthesise.py', *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_it_writes_a_competition_once_and_again_only_on_demand(tmp_path):
    out = tmp_path / 'data'
    done = tool('--out', out, *SMALL, '--round', 2, '--flat')
    assert done.returncode == 0, done.stderr
    assert str(out) in done.stdout.replace('\n', '')
    assert 'a second' in done.stdout
    assert len(list((out / 'train').glob('*.png'))) == 4
    refused = tool('--out', out, *SMALL)
    assert refused.returncode != 0
    assert '--overwrite' in refused.stderr
    assert 'Traceback' not in refused.stderr
    assert tool('--out', out, *SMALL, '--overwrite').returncode == 0
    assert len(list((out / 'train' / 'train').glob('*.png'))) == 4


def test_contact_sheet(tmp_path):
    assert tool('--contact-sheet', tmp_path / 'sheet.jpg', *SMALL).returncode == 0
    with Image.open(tmp_path / 'sheet.jpg') as image:
        assert image.format == 'JPEG'


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ([], '--out'),
        (['--out', 'x', '--background-reliance', '2'], 'background_reliance must be between'),
        (['--out', 'x', '--flanks', '3'], 'flanks must be between'),
        (['--out', 'x', '--workers', '0'], '--workers'),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    done = tool(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
