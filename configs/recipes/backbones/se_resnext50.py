# SE-ResNeXt-50: channels are weighted by what the whole image holds (Hu et al., CVPR 2018).
# python tools/train.py configs/recipes/backbones/se_resnext50.py --no-validate
_base_ = '../base.py'

load = dict(size=256)
resize = dict(scale=(224, 224), interpolation='bicubic')
model = dict(
    backbone=dict(_delete_=True, type='TimmFeatures', model_name='seresnext50_32x4d.racm_in1k', pretrained=True),
)
