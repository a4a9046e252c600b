# Snapshots at the ends of three restarts, to be joined by their embeddings or their weights (Huang et al., ICLR 2017).
# python tools/train.py configs/recipes/averaging/snapshots.py --no-validate
# jaguar-mm average work_dirs/snapshots/epoch_*.pth --out soup.pth --greedy configs/recipes/averaging/snapshots.py
_base_ = '../schedules/warm_restarts.py'

default_hooks = dict(checkpoint=dict(interval=4, max_keep_ckpts=3))
