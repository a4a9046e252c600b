# What choices that take many trainings are made on: mobilenetv2_held_out.py with half of the pixels, half of the epochs.
# python tools/train.py configs/nyala/mobilenetv2_small.py --no-validate
# Nearest neighbour of the 334 images held out 0.204; one CPU core, 6 minutes, one seed.
_base_ = ['mobilenetv2_held_out.py']

train_pipeline = dict(crop=dict(scale=(160, 224)))
test_pipeline = dict(resize=dict(scale=(224, 160)))
model = dict(backbone=dict(checkpoint_path='data/mobilenetv2_100_in1k.safetensors'))
train_cfg = dict(max_epochs=10)
test_evaluator = dict(stages=dict(local=None))
