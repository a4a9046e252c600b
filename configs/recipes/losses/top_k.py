# Online hard example mining: only the harder half of each batch counts (Shrivastava et al., CVPR 2016).
# python tools/train.py configs/recipes/losses/top_k.py --no-validate
_base_ = '../base.py'

model = dict(head=dict(losses=dict(arcface=dict(focus=dict(type='Hardest', share=0.5)))))
