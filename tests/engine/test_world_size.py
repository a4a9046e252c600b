"""One process or two with half the batch each: the same training, up to rounding, where the loss is a mean."""

import torch

from jaguar_mm.engine.checkpoints.file import read_checkpoint
from tests.engine.training import config_with_hooks, settings, train

BY_IMAGE_ALONE = """
model = dict(  # no batch normalisation, mixup or dropout, which look at a batch or at the process
    backbone=dict(_delete_=True, type='TimmFeatures', model_name='convnext_atto', pretrained=False),
    neck=[dict(type='GeM', p=3.0)],
    train_cfg=None,
)
optim_wrapper = dict(optimizer=dict(_delete_=True, type='SGD', lr=0.01, momentum=0.9))
train_cfg = dict(max_epochs=1)
"""


def test_two_processes_train_like_one(competition, tmp_path):
    config = config_with_hooks(tmp_path, also=BY_IMAGE_ALONE)
    runs = {}
    for ranks in (1, 2):
        work = tmp_path / f'ranks_{ranks}'
        done = train(competition, work, *settings(ranks=ranks), config=config, ranks=ranks)
        assert done.returncode == 0, done.stderr[-3000:]
        runs[ranks] = read_checkpoint(work / 'epoch_1.pth')
    for name, weight in runs[1]['ema_state_dict'].items():  # the trained weights; state_dict has the averaged ones
        rounding = 1e-5 * float(weight.abs().max())
        torch.testing.assert_close(runs[2]['ema_state_dict'][name], weight, rtol=0, atol=rounding)
