"""Importing this makes ours the scope in which parts are looked up; configs do so for tools that are not ours.

MMEngine's runner goes by a config's ``default_scope`` and needs this not, mmpretrain's inferencers do not look at it.
"""

from mmengine.registry import init_default_scope

from jaguar_mm.registry import SCOPE

init_default_scope(SCOPE)
