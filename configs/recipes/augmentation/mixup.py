# Mixup: two images shine through one another, and so do their labels (Zhang et al., ICLR 2018).
# python tools/train.py configs/recipes/augmentation/mixup.py --no-validate
# Hard bench, one seed: mAP -0.055 (-0.081 to -0.029) on 0.436: screened only.
_base_ = '../base.py'

model = dict(train_cfg=dict(augments=[dict(type='Mixup', alpha=0.2)]))
