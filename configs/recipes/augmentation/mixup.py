# Mixup: two images shine through one another, and so do their labels (Zhang et al., ICLR 2018).
# python tools/train.py configs/recipes/augmentation/mixup.py --no-validate
_base_ = '../base.py'

model = dict(train_cfg=dict(augments=[dict(type='Mixup', alpha=0.2)]))
