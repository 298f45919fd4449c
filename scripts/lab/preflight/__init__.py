"""Check whether this machine can run a lab: read it, evaluate it, try the kernel. Changes nothing.

machine = read()                              # or read(root, probe): a recorded machine
assessment = evaluate(machine, Needs())       # notes, packages that apt can install, and all refusals
refusals = try_kernel()                       # needs root and the tools: what the kernel cannot do
"""

from lab.preflight.evaluate import Assessment, evaluate
from lab.preflight.machine import Machine
from lab.preflight.needs import Needs
from lab.preflight.read import read
from lab.preflight.trial import try_kernel

__all__ = ["Assessment", "Machine", "Needs", "evaluate", "read", "try_kernel"]
