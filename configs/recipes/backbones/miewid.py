# MiewID: an EfficientNetV2 trained on animals of many species (Otarashvili et al., arXiv 2412.05602).
# python tools/train.py configs/recipes/backbones/miewid.py --no-validate
# Its model card (conservationxlabs/miewid-msv3 on the hub) has the licence, and model.safetensors. Of its keys those of
# the backbone, without this word, make the file below:
#     weights = safetensors.torch.load_file('model.safetensors')
#     network = {key.removeprefix('backbone.'): it for key, it in weights.items() if key.startswith('backbone.')}
#     safetensors.torch.save_file(network, 'miewid.safetensors')
_base_ = '../base.py'

load = dict(size=512)
resize = dict(scale=(440, 440), interpolation='bicubic')
model = dict(
    backbone=dict(
        _delete_=True, type='TimmFeatures', model_name='efficientnetv2_rw_m', checkpoint_path='miewid.safetensors'
    ),
)
