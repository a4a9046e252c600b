# Multi-scale training: every batch in another size, drawn from some (Redmon and Farhadi, CVPR 2017, section 2).
# python tools/train.py configs/recipes/augmentation/multi_scale.py --no-validate
# Hard bench, one seed: mAP -0.004 (-0.033 to +0.027) on 0.436, 1.1 times the time: screened only.
_base_ = '../base.py'

model = dict(data_preprocessor=dict(type='MultiScalePreprocessor', scales=(0.75, 1.0, 1.25)))
