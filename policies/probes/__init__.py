"""The packet matrix: what really passes between every ordered pair of vantage points, proven by senders and receivers.

`run(blueprint, handles(lab, blueprint), say)` gives a `Matrix`. Start reading at `running`, then `plan`, `judging`.
"""

from policies.probes.handles import LabHandles, handles
from policies.probes.matrix import Matrix
from policies.probes.running import run

__all__ = ["LabHandles", "Matrix", "handles", "run"]
