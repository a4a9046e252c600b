# Grey: some images lose their colour, as an infrared flash takes it, so that the pattern counts (He et al., CVPR 2020).
# python tools/train.py configs/recipes/augmentation/grey.py --no-validate
_base_ = '../base.py'

train_pipeline = dict(
    grey=dict(type='RandomGrayscale', prob=0.2, keep_channels=True, color_format='rgb', after='resize'),
)
