import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope='session')
def shared_data():
    """Folder of real pictures beside the repository, or where JAGUAR_MM_SHARED says; tests skip without it."""
    folder = Path(os.environ.get('JAGUAR_MM_SHARED', ROOT.parent / 'shared')) / 'data'
    if not folder.is_dir():
        pytest.skip(f'no real pictures at {folder}; set JAGUAR_MM_SHARED to the folder that holds data/')
    return folder
