# From v1 to v2, step 3: mixup (Zhang et al., ICLR 2018).
# python tools/train.py configs/recipes/ladder/s3_mixup.py --no-validate
# Hard bench, one seed: mAP -0.120 (-0.153 to -0.088) on 0.436: screened only.
_base_ = 's2_augmentation.py'

model = dict(train_cfg=dict(augments=[dict(type='Mixup', alpha=0.2)]))
