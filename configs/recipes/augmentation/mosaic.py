# Mosaic: four images around a point, each label with the share of its area (Bochkovskiy et al., arXiv 2004.10934).
# python tools/train.py configs/recipes/augmentation/mosaic.py --no-validate
# Hard bench, one seed: mAP -0.254 (-0.292 to -0.215) on 0.436: screened only.
_base_ = '../base.py'

model = dict(train_cfg=dict(augments=[dict(type='Mosaic')], probs=0.5))  # every second batch
