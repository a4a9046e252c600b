# RAdam: Adam whose first steps are rectified, a warm-up of its own (Liu et al., ICLR 2020).
# python tools/train.py configs/recipes/optimisers/radam.py --no-validate
# Hard bench, one seed: mAP -0.029 (-0.050 to -0.008) on 0.436: screened only.
_base_ = '../base.py'

optim_wrapper = dict(optimizer=dict(type='RAdam', lr=3e-3))
