"""What recipes add to a training goes on from a kill with the very bits of a training that was not killed."""

import pytest

from jaguar_mm.engine.checkpoints.file import read_checkpoint
from tests.engine.training import assert_same, config_with_hooks, settings, train

CASES = dict(
    lookahead_one_cycle_and_lora=(
        1,
        """
val_cfg = val_dataloader = val_evaluator = None
model = dict(backbone=dict(type='LoRAFeatures'))
optim_wrapper = dict(optimizer=dict(_delete_=True, type='TimmOptimizer', name='lookahead_radam', lr=1e-3))
param_scheduler = [dict(type='OneCycleLR', eta_max=3e-3, by_epoch=True, convert_to_iter_based=True)]
""",
    ),
    unfreezing_plateau_and_clipping=(
        2,
        """
val_cfg = val_dataloader = val_evaluator = None
find_unused_parameters = True
sync_bn = 'torch'
default_hooks = dict(
    freezing=dict(type='UnfreezeHook', schedule={0: 4, 1: 2, 2: -1}),
    clip=dict(type='AdaptiveClipHook'),
)
param_scheduler = [dict(type='LossPlateauLR', factor=0.5, patience=0, threshold=0.5)]
""",
    ),
    averaging_and_early_stopping=(
        1,
        """
default_hooks = dict(
    ema=dict(
        _delete_=True, type='EMAHook', ema_type='StochasticWeightAverage', begin_epoch=2, update_buffers=True
    ),
    statistics=dict(type='AveragedStatisticsHook'),
    stopping=dict(type='ResumableEarlyStoppingHook', monitor='reid/plain/mAP_ib', patience=9, min_delta=0.01),
)
""",
    ),
)


@pytest.mark.slow
@pytest.mark.parametrize(('ranks', 'recipe'), CASES.values(), ids=CASES)
def test_interrupted_equals_uninterrupted(competition, tmp_path, ranks, recipe):
    fault = dict(type='FaultHook', moment='step', at=9, rank=ranks - 1, marker=str(tmp_path / 'killed'))
    ends = {}
    for name, hooks, runs in (('whole', [], 1), ('killed_once', [fault], 2)):
        work, folder = tmp_path / name / 'work', tmp_path / name
        folder.mkdir()
        config = config_with_hooks(folder, *hooks, also=recipe)
        run = dict(config=config, ranks=ranks, loaders=('train',) if 'val_cfg' in recipe else ('train', 'val'))
        done = [train(competition, work, *settings(ranks=ranks), **run) for _ in range(runs)]
        assert done[-1].returncode == 0, done[-1].stderr[-3000:]
        ends[name] = read_checkpoint(work / 'epoch_3.pth')
    assert (tmp_path / 'killed').exists()
    said = done[-1].stdout + done[-1].stderr
    assert ('sync_bn needs a GPU' in said) == ('sync_bn' in recipe)
    assert 'does not take' not in said  # settings: the progress of a schedule is none
    assert_same(ends['whole'], ends['killed_once'])
    group = ends['whole']['optimizer']['param_groups'][0]
    assert group['lr'] < group['initial_lr']
