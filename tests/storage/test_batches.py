import subprocess
import sys

import numpy as np
import pytest

from jaguar_mm.storage.batches import Batches


def test_batches_of_another_job_are_not_mixed_in(tmp_path):
    Batches(tmp_path / 'parts', {'checkpoint': 'abc'}, 3)
    with pytest.raises(ValueError, match=r'parts: batches of another job'):
        Batches(tmp_path / 'parts', {'checkpoint': 'xyz'}, 3)


def test_what_is_kept_is_found_again_in_order(tmp_path):
    batches = Batches(tmp_path / 'parts', {}, 2)
    batches.keep(1, np.array([[3.0]]))
    assert batches.missing() == [0]
    batches.keep(0, np.array([[1.0], [2.0]]))
    np.testing.assert_array_equal(batches.joined(), [[1], [2], [3]])
    np.testing.assert_array_equal(batches.load(1), [[3]])


@pytest.mark.skipif(sys.platform == 'win32', reason='locks of POSIX')
def test_a_folder_is_one_process_s_until_it_is_done_or_dead(tmp_path):
    folder = tmp_path / 'parts'
    program = f"""
from pathlib import Path
from jaguar_mm.storage import Batches
batches = Batches(Path({str(folder)!r}), {{}}, 1)
print('at work', flush=True)
input()
"""
    other = subprocess.Popen([sys.executable, '-c', program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with other:
        assert other.stdout.readline() == 'at work\n'
        with pytest.raises(ValueError, match=r'parts: another call is at work there; wait until it is done, or change'):
            Batches(folder, {}, 1)
        other.kill()
    batches = Batches(folder, {}, 1)
    assert Batches(folder, {}, 1).missing() == [0]  # no process shuts itself out
    batches.discard()
    assert not folder.exists()
