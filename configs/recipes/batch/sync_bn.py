# SyncBN: batch norms over the images of all processes (Peng et al., CVPR 2018); needs several GPUs, else nothing changes.
# python tools/train.py configs/recipes/batch/sync_bn.py --no-validate
_base_ = '../base.py'

sync_bn = 'torch'
