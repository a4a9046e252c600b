# What every recipe changes one idea of: v1 at CPU size on the hard competition, both flanks, few images of an animal.
# jaguar-mm synthesise --out data/hard --seed 50 --identities 48 --train-per-identity 16 --test-per-identity 6 \
#     --flanks 2 --size 192 --shift 0.25
# python tools/train.py configs/recipes/base.py --no-validate
_base_ = '../synthetic/v1_resnet10t_arcface.py'

data_root = 'data/hard'
train_cfg = dict(max_epochs=12)
