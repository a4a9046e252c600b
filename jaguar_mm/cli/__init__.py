"""The verbs of ``jaguar-mm``: each parses its flags, calls the rooms below and prints what they answer."""

import os

# Threads that wait for each other sleep: spinning, they would take the cores from other programs, and from each other
# where there are fewer cores than threads. torch reads this when it is imported.
os.environ.setdefault('OMP_WAIT_POLICY', 'PASSIVE')
