"""All processes see one loss, or their rates would part."""

import math

import pytest
import torch
import torch.distributed
from mmengine.logging import MessageHub
from torch.multiprocessing import start_processes

from jaguar_mm.engine.loss_plateau import epoch_loss

EPOCHS, STEPS = 3, 4


def logged(rank):
    """Return losses of all steps so far, other ones on each process."""
    return [10.0 * rank + step + 0.25 for step in range(EPOCHS * STEPS)]


def hub_with(losses, name):
    hub = MessageHub.get_instance(name)
    hub.update_info_dict(dict(max_iters=5 * STEPS, max_epochs=5))
    for loss in losses:
        hub.update_scalar('train/loss', torch.tensor(loss))


def one_process(rank, folder):
    torch.distributed.init_process_group('gloo', init_method=f'file://{folder}/meeting', rank=rank, world_size=2)
    hub_with(logged(rank), 'plateau')
    (folder / str(rank)).write_text(repr(epoch_loss()))
    torch.distributed.destroy_process_group()


def test_the_loss_is_the_mean_of_the_last_epoch():
    hub_with(logged(0), 'plateau_alone')
    assert epoch_loss() == pytest.approx(math.fsum(logged(0)[-STEPS:]) / STEPS)


def test_the_loss_is_the_mean_of_all_processes(tmp_path):
    start_processes(one_process, (tmp_path,), nprocs=2, start_method='fork')
    found = [float((tmp_path / str(rank)).read_text()) for rank in range(2)]
    assert found[0] == found[1] == pytest.approx(math.fsum(logged(0)[-STEPS:] + logged(1)[-STEPS:]) / (2 * STEPS))
