# ArcFace whose class centres start from the means of their images, and a loss on pairs.
# python tools/train.py configs/recipes/margin/class_means_pairs.py --no-validate
# Hard bench, one seed: mAP +0.011 (-0.027 to +0.050) on 0.436, 1.1 times the time: screened only.
# Nyala, held out, one seed: mAP +0.077 (+0.060 to +0.095) on 0.043: screened only.
_base_ = 'pairs.py'

custom_hooks = [dict(type='ClassMeansHook')]
