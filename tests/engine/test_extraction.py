import numpy as np
import pytest
import torch
from mmpretrain.structures import DataSample

from jaguar_mm.batches import Batches
from jaguar_mm.engine.extraction import embed_batches
from jaguar_mm.images import ImageError

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


class Pictures(Numbers):
    """The same, but some of the pictures cannot be used."""

    broken = (1, 2, 3)

    def __getitem__(self, index):
        if index in self.broken:
            raise ImageError(f'{index}.jpg: is torn; mend it')
        return super().__getitem__(index)


@pytest.mark.parametrize('workers', [0, 2])
def test_a_picture_that_cannot_be_used_is_one_sentence(tmp_path, workers):
    batches = Batches(tmp_path / 'parts', {}, 3)
    with pytest.raises(ImageError, match=r'^1\.jpg: is torn; mend it$'):
        embed_batches(Squares(), Pictures(), PLAN, batches, workers=workers)
    assert batches.missing() == [0, 1, 2]


@pytest.mark.parametrize('workers', [0, 2])
def test_or_it_is_left_out_and_kept_with_its_reason(tmp_path, workers):
    batches, advanced = Batches(tmp_path / 'parts', {}, 3), []
    embed_batches(Squares(), Pictures(), PLAN, batches, workers=workers, skip_unusable=True, advance=advanced.append)
    assert advanced == [2, 2, 1]
    again = Batches(tmp_path / 'parts', {}, 3)
    assert again.missing() == []
    np.testing.assert_array_equal(again.joined(), [[0, 0], [4, 16]])
    torn = [f'{index}.jpg: is torn; mend it' for index in range(4)]
    assert [again.unusable(batch) for batch in range(3)] == [{1: torn[1]}, {0: torn[2], 1: torn[3]}, {}]


def test_nothing_that_can_be_used_is_an_error(tmp_path):
    batches = Batches(tmp_path / 'parts', {}, 1)
    embed_batches(Squares(), Pictures(), [[1, 2]], batches, skip_unusable=True)
    with pytest.raises(ValueError, match='nothing could be used'):
        batches.joined()
