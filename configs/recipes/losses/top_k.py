# Online hard example mining: only the harder half of each batch counts (Shrivastava et al., CVPR 2016).
# python tools/train.py configs/recipes/losses/top_k.py --no-validate
# Hard bench, one seed: mAP -0.015 (-0.034 to +0.002) on 0.436: screened only.
_base_ = '../base.py'

model = dict(head=dict(losses=dict(arcface=dict(focus=dict(type='Hardest', share=0.5)))))
