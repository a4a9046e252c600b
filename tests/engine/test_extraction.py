import numpy as np
import pytest
import torch
from mmpretrain.structures import DataSample

from jaguar_mm.engine.extraction import embed_batches
from jaguar_mm.storage.batches import Batches

PLAN = [[0, 1], [2, 3], [4]]


class Numbers(torch.utils.data.Dataset):
    """Picture i is the number i."""

    def __getitem__(self, index):
        return {'inputs': torch.tensor([float(index)]), 'data_samples': DataSample()}

    def __len__(self):
        return 5


class Squares(torch.nn.Module):
    """Embeds the number i as (i, i * i), and stops working when told to."""

    tta = None

    def __init__(self, fails_at=None):
        super().__init__()
        self.fails_at, self.seen = fails_at, []

    def test_step(self, data):
        numbers = data['inputs'].flatten().tolist()
        if self.fails_at in numbers:
            raise RuntimeError('the power is out')
        self.seen += numbers
        samples = []
        for number in numbers:
            sample = DataSample()
            sample.set_field(torch.tensor([number, number * number]), 'embedding')
            samples.append(sample)
        return samples


def test_an_interrupted_job_goes_on_where_it_stopped(tmp_path):
    job = {'checkpoint': 'abc'}
    with pytest.raises(RuntimeError, match='power'):
        embed_batches(Squares(fails_at=3), Numbers(), PLAN, Batches(tmp_path / 'parts', job, 3))
    again, model, advanced = Batches(tmp_path / 'parts', job, 3), Squares(), []
    assert again.missing() == [1, 2]
    embed_batches(model, Numbers(), PLAN, again, advance=advanced.append)
    assert model.seen == [2, 3, 4]
    assert advanced == [2, 1]
    np.testing.assert_array_equal(again.joined(), [[i, i * i] for i in range(5)])
    again.discard()
    assert list(tmp_path.iterdir()) == []
