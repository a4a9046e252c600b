# What margins are tried on (jaguar-mm study benchmarks/studies/margin.py): ArcFace is the only loss.
# python tools/train.py configs/nyala/mobilenetv2_arcface.py --no-validate
# Nearest neighbour of the 334 images held out 0.063, before training 0.072; one CPU core, 6 minutes, one seed.
_base_ = ['mobilenetv2_small.py']

model = dict(head=dict(losses=dict(_delete_=True, arcface=dict(type='ArcFace', scale=30.0, margin=0.3))))
