# Each layer learns at 0.6 times the rate of the one behind it (Clark et al., ICLR 2020; Bao et al., ICLR 2022).
# python tools/train.py configs/recipes/transfer/layer_decay.py --no-validate
# Hard bench, one seed: mAP +0.002 (-0.014 to +0.019) on 0.436: screened only.
_base_ = '../base.py'

optim_wrapper = dict(
    constructor='LearningRateDecayOptimWrapperConstructor',
    optimizer=dict(weight_decay=0.0),  # the constructor asks for one
    paramwise_cfg=dict(layer_decay_rate=0.6),
)
