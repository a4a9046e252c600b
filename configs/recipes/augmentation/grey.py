# Grey: some images lose their colour, as an infrared flash takes it, so that the pattern counts (He et al., CVPR 2020).
# python tools/train.py configs/recipes/augmentation/grey.py --no-validate
# Hard bench, one seed: mAP +0.003 (-0.012 to +0.018) on 0.436: screened only.
_base_ = '../base.py'

train_pipeline = dict(
    grey=dict(type='RandomGrayscale', prob=0.2, keep_channels=True, color_format='rgb', after='resize'),
)
