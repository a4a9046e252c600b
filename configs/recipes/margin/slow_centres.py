# The class centres learn at a tenth of the rate of the rest, so that the embeddings have to come to them.
# python tools/train.py configs/recipes/margin/slow_centres.py --no-validate
# Hard bench, one seed: mAP -0.012 (-0.023 to -0.002) on 0.436: screened only.
# Nyala, held out, one seed: mAP -0.009 (-0.015 to -0.003) on 0.043: screened only.
_base_ = '../base.py'

optim_wrapper = dict(paramwise_cfg=dict(custom_keys={'head': dict(lr_mult=0.1)}))
