# RandAugment: two of fifteen changes, of one strength, an image (Cubuk et al., NeurIPS 2020).
# python tools/train.py configs/recipes/augmentation/randaugment.py --no-validate
# Hard bench, one seed: mAP -0.101 (-0.140 to -0.064) on 0.436, 1.1 times the time: screened only.
_base_ = '../base.py'

train_pipeline = dict(
    augment=dict(
        type='RandAugment',
        policies='timm_increasing',
        num_policies=2,
        magnitude_level=9,
        magnitude_std=0.5,
        hparams=dict(pad_val=(128, 128, 128)),  # one number alone would fill turned corners red
        after='resize',
    ),
)
