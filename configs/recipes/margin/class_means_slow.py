# The class centres start from the means of their images and learn at a tenth of the rate of the rest.
# python tools/train.py configs/recipes/margin/class_means_slow.py --no-validate
# Hard bench, one seed: mAP +0.013 (-0.017 to +0.043) on 0.436: screened only.
# Nyala, held out, one seed: mAP +0.029 (+0.021 to +0.037) on 0.043, 1.1 times the time: screened only.
_base_ = 'class_means.py'

optim_wrapper = dict(paramwise_cfg=dict(custom_keys={'head': dict(lr_mult=0.1)}))
