# A batch of 32 in four steps of eight: the same gradient in less memory, but batch norms see eight images.
# python tools/train.py configs/recipes/batch/accumulation.py --no-validate
_base_ = '../base.py'

train_dataloader = dict(batch_size=8)
optim_wrapper = dict(accumulative_counts=4)
