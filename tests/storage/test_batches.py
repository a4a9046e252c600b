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
