# Weights & Biases, offline: the same curves in a folder that "wandb sync" sends if you want it (pip install '.[wandb]').
# python tools/train.py configs/recipes/seeing/wandb.py --no-validate
_base_ = 'scalars.py'

offline = dict(type='WandbVisBackend', init_kwargs=dict(mode='offline', project='jaguar_mm'))
visualizer = dict(vis_backends=[dict(type='LocalVisBackend'), offline])
