# Which network that comes in a package learns nyala best? jaguar-mm study benchmarks/studies/nyala_networks.py
base = 'configs/nyala/mobilenetv2_small.py'
recipes = ['configs/nyala/efficientnet_lite2_small.py']
benches = dict(nyala_networks={})
seeds = [0]
