# TensorBoard: losses, rates, scores and margins as curves (pip install '.[tensorboard]', tensorboard --logdir work_dirs).
# python tools/train.py configs/recipes/seeing/tensorboard.py --no-validate
_base_ = 'scalars.py'

visualizer = dict(vis_backends=[dict(type='LocalVisBackend'), dict(type='TensorboardVisBackend')])
