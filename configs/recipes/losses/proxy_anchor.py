# Proxy-anchor instead of ArcFace: learnt proxies of the classes are the anchors (Kim et al., CVPR 2020; rate of 0.01).
# python tools/train.py configs/recipes/losses/proxy_anchor.py --no-validate
# Hard bench, one seed: mAP -0.171 (-0.209 to -0.134) on 0.436: screened only.
_base_ = '../base.py'

proxy_anchor = dict(type='MetricLearning', loss=dict(type='ProxyAnchorLoss', margin=0.1, alpha=32))
model = dict(head=dict(losses=dict(arcface=None, proxy_anchor=proxy_anchor)))
optim_wrapper = dict(paramwise_cfg=dict(custom_keys={'proxies': dict(lr_mult=10.0)}))
