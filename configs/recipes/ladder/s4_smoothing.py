# From v1 to v2, step 4: label smoothing and dropout.
# python tools/train.py configs/recipes/ladder/s4_smoothing.py --no-validate
# Hard bench, one seed: mAP -0.148 (-0.188 to -0.108) on 0.436: screened only.
_base_ = 's3_mixup.py'

model = dict(
    neck=dict(norm=dict(dropout=0.2)),
    head=dict(losses=dict(arcface=dict(label_smoothing=0.1))),
)
