# What every run shares: hooks, logging, seeds.
default_scope = 'jaguar_mm'
custom_imports = dict(imports=['jaguar_mm.configs.scope'])  # OpenMMLab's own tools find our parts too

default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=10),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(type='WholeCheckpointHook', interval=1, save_best='reid/plain/mAP_ib'),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    visualization=dict(type='VisualizationHook', enable=False),
    background_contract=dict(type='BackgroundContractHook'),  # warns if not tested as the checkpoint was
    finite=dict(type='FiniteHook'),  # stops at a loss or gradient that is no number
    schedule=dict(type='ScheduleHook'),  # no rate that rises again at the end
    gain=dict(type='GainHook'),  # says at the end what was gained, if anything
    answerable=dict(type='AnswerableHook'),  # validation and test will give scores
    leak_check=dict(type='LeakCheckHook'),  # no image or burst both trains and validates
    skipped=dict(type='SkippedImagesHook'),  # skipped.csv
    training_set=dict(type='TrainingSetHook'),  # classes fit the head; split.json on record
    class_counts=dict(type='ClassCountsHook'),  # losses that go by them know how many images a class has
    console=dict(type='ConsoleHook'),  # a banner, then one line an epoch; the log file has everything
    reports=dict(type='RetrievalReportHook'),  # scores.csv, identities.csv, ranked.jpg
    submission=dict(type='SubmissionHook'),  # submission.csv after a test on test.csv
)
env_cfg = dict(
    cudnn_benchmark=False,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl', init_method='attempt://'),  # torchrun can replace a process
)
visualizer = dict(type='UniversalVisualizer', vis_backends=[dict(type='LocalVisBackend')])
log_level = 'INFO'
randomness = dict(seed=0)
load_from = None
resume = False
