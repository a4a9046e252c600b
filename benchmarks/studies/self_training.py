# What do test images without names, and another model, teach? jaguar-mm study benchmarks/studies/self_training.py
_base_ = 'hard.py'

recipes = [
    'configs/recipes/transfer/self_supervised.py',
    'configs/recipes/self_training/pseudo_labels.py',
    'configs/recipes/self_training/distillation.py',
]
beforehand = {
    'configs/recipes/transfer/self_supervised.py': [
        'train configs/recipes/transfer/simclr.py --no-validate --work-dir {place}/simclr'
        ' --cfg-options data_root={data}',
        'export-backbone {place}/simclr/epoch_12.pth --out {data}/simclr.safetensors',
    ],
    'configs/recipes/self_training/pseudo_labels.py': [
        'embed configs/recipes/base.py {base} --set test --out {place}/test.safetensors --cfg-options data_root={data}',
        'embed configs/recipes/base.py {base} --set val --out {place}/train.safetensors --cfg-options data_root={data}'
        ' val_dataloader.dataset.subset=None',
        'pseudo-label {place}/test.safetensors --gallery {place}/train.safetensors --out {data}/pseudo.csv',
    ],
    'configs/recipes/self_training/distillation.py': ['publish {base} --out {data}/teacher.safetensors'],  # by itself
}
