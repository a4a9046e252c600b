# All that is measured on the hard bench: jaguar-mm study benchmarks/studies/book.py --workers 2
_base_ = 'self_training.py'

recipes = [
    *_base_.recipes,
    *(
        f'configs/recipes/{group}/*.py'
        for group in (
            'ladder',
            'recommended',
            'losses',
            'margin',
            'pooling',
            'augmentation',
            'optimisers',
            'schedules',
            'batch',
            'regularisation',
        )
    ),
    *(f'configs/recipes/averaging/{name}.py' for name in ('ema', 'swa')),
    'configs/recipes/transfer/[!s]*.py',
]
retested = ['configs/recipes/stages/*.py']
