"""The house stands as it is drawn: style, floors and types."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOP = {'__init__', 'installation', 'kernels', 'randomness', 'registry'}


@pytest.mark.parametrize(
    'command',
    [('ruff', 'check', '.'), ('ruff', 'format', '--check', '.'), ('lint-imports', '--no-cache'), ('mypy',)],
    ids=' '.join,
)
def test_what_make_lint_runs(command, tmp_path):
    environment = os.environ | {'PYTHONPATH': str(ROOT), 'MYPY_CACHE_DIR': str(tmp_path), 'RUFF_NO_CACHE': 'true'}
    program = Path(sys.executable).parent / command[0]
    done = subprocess.run(
        [program, *command[1:]], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_is_loose_at_the_package_s_top():
    assert {path.stem for path in (ROOT / 'jaguar_mm').glob('*.py')} == TOP
    rooms = [path for path in (ROOT / 'jaguar_mm').iterdir() if path.is_dir() and path.name != '__pycache__']
    assert all((room / '__init__.py').is_file() for room in rooms)


@pytest.mark.parametrize('path', sorted((ROOT / 'tools').glob('*.py')), ids=lambda path: path.name)
def test_a_tool_is_two_lines_over_a_verb(path):
    lines = path.read_text(encoding='utf-8').splitlines()
    assert lines[2:] == [
        "if __name__ == '__main__':",
        f'    from jaguar_mm.cli.{path.stem} import main',
        '',
        '    main()',
    ]
