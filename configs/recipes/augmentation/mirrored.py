# Mirrored flanks as new animals: every image once as it is and once mirrored, with a class of its own.
# python tools/train.py configs/recipes/augmentation/mirrored.py --no-validate
# Hard bench, one seed: mAP -0.011 (-0.036 to +0.015) on 0.436, 1.8 times the time: screened only.
_base_ = '../base.py'

train_dataloader = dict(
    dataset=dict(_delete_=True, type='MirroredDataset', dataset=_base_.train_dataloader.dataset),
)
