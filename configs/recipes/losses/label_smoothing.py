# Label smoothing: a tenth of each label is spread over all classes (Szegedy et al., CVPR 2016).
# python tools/train.py configs/recipes/losses/label_smoothing.py --no-validate
# Hard bench, one seed: mAP -0.047 (-0.066 to -0.029) on 0.436: screened only.
_base_ = '../base.py'

model = dict(head=dict(losses=dict(arcface=dict(label_smoothing=0.1))))
