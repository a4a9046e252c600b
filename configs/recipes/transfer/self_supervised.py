# A self-supervised start: the backbone has learnt from training and test images without names, by simclr.py.
# python tools/train.py configs/recipes/transfer/self_supervised.py --no-validate
_base_ = '../base.py'

model = dict(backbone=dict(checkpoint_path=f'{_base_.data_root}/simclr.safetensors'))
