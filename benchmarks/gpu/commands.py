"""The project's own commands, on a drawn competition."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from measuring import DEVICE

ROOT = Path(__file__).resolve().parents[2]
LARGE, SMALL = 'configs/eva02_gem.py', 'configs/synthetic/v3_resnet10t_gem.py'
IDENTITIES = 16


def draw(folder: Path, tiny: bool) -> None:
    """Draw a competition."""
    each = (4, 4) if tiny else (20, 16)
    counts = ['--identities', IDENTITIES, '--train-per-identity', each[0], '--test-per-identity', each[1]]
    verb('synthesise', '--out', folder, '--size', 96 if tiny else 512, *counts)


def verb(*arguments: object) -> str:
    """Run a verb of jaguar-mm and return what it prints."""
    command = [sys.executable, '-m', 'jaguar_mm.cli', *map(str, arguments)]
    path = f'{ROOT}{os.pathsep}{os.environ.get("PYTHONPATH", "")}'
    environment = os.environ | {'CUBLAS_WORKSPACE_CONFIG': ':4096:8', 'PYTHONPATH': path}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise SystemExit(f'{arguments[0]} failed on {DEVICE}:\n{done.stdout[-1500:]}\n{done.stderr[-3000:]}')
    return done.stdout


def config(tiny: bool) -> str:
    """Return the config that is run."""
    return SMALL if tiny else LARGE


def overrides(work: Path, tiny: bool) -> list[str]:
    """Return what fits the config to the drawn competition and to no network."""
    options = [f'data_root={work / "data"}', f'model.head.num_classes={IDENTITIES}']
    return ['--cfg-options', *options, *([] if tiny else ['model.backbone.pretrained=False'])]
