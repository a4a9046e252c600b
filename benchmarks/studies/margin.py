# Why does a margin not learn, and what helps it? jaguar-mm study benchmarks/studies/margin.py
base = 'configs/recipes/base.py'
recipes = ['configs/recipes/losses/normface.py', 'configs/recipes/margin/*.py']
benches = dict(nyala_margin=dict(base='configs/nyala/mobilenetv2_arcface.py'))
seeds = [0]
