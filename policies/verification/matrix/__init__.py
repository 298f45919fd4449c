"""The packet matrix: observed reachability between all ordered pairs of vantage points, by senders and receivers.

`run(blueprint, handles(lab, blueprint), report)` returns a `Matrix`. Start at `execution`, then `plan`, `evaluation`.
"""

from policies.verification.matrix.execution import run
from policies.verification.matrix.lab_namespaces import LabHandles, handles
from policies.verification.matrix.matrix import Matrix

__all__ = ["LabHandles", "Matrix", "handles", "run"]
