# TrivialAugment: one change of any strength an image, nothing to tune (Müller and Hutter, ICCV 2021).
# python tools/train.py configs/recipes/augmentation/trivialaugment.py --no-validate
# Hard bench, one seed: mAP -0.094 (-0.127 to -0.061) on 0.436: screened only.
_base_ = '../base.py'

train_pipeline = dict(
    pil=dict(type='NumpyToPIL', after='resize'),  # red stays first
    augment=dict(type='torchvision/TrivialAugmentWide', after='pil'),
    numpy=dict(type='PILToNumpy', after='augment'),
)
