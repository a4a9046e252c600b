# Distillation: the embedding near a larger model's, and images as alike as it finds them (Tung and Mori, ICCV 2019).
# python tools/train.py configs/recipes/self_training/distillation.py --no-validate
# jaguar-mm publish CHECKPOINT --out data/hard/teacher.safetensors    # beforehand, of the larger model
_base_ = '../base.py'

taught = dict(imitation=dict(type='Imitation'), similarity=dict(type='SimilarityPreserving', weight=100.0))
model = dict(type='TaughtClassifier', teacher=f'{_base_.data_root}/teacher.safetensors', head=dict(losses=taught))
