# AdamW: weights decay apart from the gradient (Loshchilov and Hutter, ICLR 2019).
# python tools/train.py configs/recipes/optimisers/adamw.py --no-validate
# Hard bench, one seed: mAP -0.006 (-0.014 to +0.000) on 0.436: screened only.
_base_ = '../base.py'

optim_wrapper = dict(optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.05))
