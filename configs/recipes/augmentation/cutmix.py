# CutMix: a piece of another image, its label with the share of its area, in every second batch (Yun et al., ICCV 2019).
# python tools/train.py configs/recipes/augmentation/cutmix.py --no-validate
# Hard bench, one seed: mAP -0.155 (-0.187 to -0.122) on 0.436: screened only.
_base_ = '../base.py'

model = dict(train_cfg=dict(augments=[dict(type='CutMix', alpha=1.0)], probs=0.5))
