# Plain classification: which of the training's animals is it? A linear classifier, accuracy, F1 and a table of labels.
# python tools/train.py configs/recipes/classification/plain.py
# jaguar-mm test configs/recipes/classification/plain.py CHECKPOINT    # reports/test/labels.csv and confusion.png
_base_ = '../losses/softmax.py'

accuracy = [dict(type='Accuracy'), dict(type='SingleLabelMetric', items=('f1-score',))]
val_evaluator = [dict(type='ReIDMetric'), *accuracy]
default_hooks = dict(labels=dict(type='LabelReportHook'), checkpoint=dict(save_best='accuracy/top1'))
