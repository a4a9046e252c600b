# Pseudo-labels: sure test images are trained on as the animals that they were held for (Lee, ICML workshop 2013).
# python tools/train.py configs/recipes/self_training/pseudo_labels.py --no-validate
# jaguar-mm pseudo-label test.safetensors --gallery train.safetensors --out data/hard/pseudo.csv    # beforehand
_base_ = '../base.py'

pseudo = dict(_base_.train_dataloader.dataset, ann_file='pseudo.csv', data_prefix='test', subset=None, groups=None)
train_dataloader = dict(
    dataset=dict(_delete_=True, type='ConcatDataset', datasets=[_base_.train_dataloader.dataset, pseudo]),
)
