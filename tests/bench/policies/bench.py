"""Benchmarks of the gate: time, memory and growth with the number of resources and prefixes, and false alarms.

    python tests/bench/policies/bench.py [--checkov] [--pulumi] [--lab NAME]

--checkov also runs Checkov 3 on as many Terraform resources (installed from PyPI into a separate environment).
--pulumi measures `pulumi preview` with the pack and without it, 200 resources, in Pulumi.
--lab measures a running lab: `lantu check` of each view, and `lantu audit --hosts`.
Prints tables and asserts nothing. Wall times depend on other load of the machine; compare `cpu`.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]
SIZES = (1_000, 5_000, 20_000)
FAULTY = 0.05
DAY = date(2026, 6, 1)


def gate(size: int) -> dict[str, Any]:
    """One run in this process: read, evaluate and write all outputs. Returns seconds, MiB and numbers of findings."""
    from policies.gate.core.context import Context
    from policies.gate.core.evaluate import evaluate
    from policies.gate.outputs.render import write
    from policies.gate.rules.registry import RULES
    from policies.gate.views.planned import planned
    from tests.bench.policies.synthetic import district, plan

    declared, resources = district(size // 5), plan(size, FAULTY)
    before = _memory()
    wall, cpu = time.perf_counter(), time.process_time()
    case = Context(planned(resources, declared, "extranet"), declared, DAY)
    read = time.process_time() - cpu
    findings = evaluate(case, RULES.values())
    evaluation = time.process_time() - cpu - read
    document = findings.as_json()
    with tempfile.TemporaryDirectory() as folder:
        for ending in (".json", ".txt", ".md", ".sarif", ".xml"):
            write(document, Path(folder) / f"gate{ending}", "zh")
    return {
        "size": size, "read": read, "evaluate": evaluation, "outputs": time.process_time() - cpu - read - evaluation,
        "cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall, "MiB": _memory(), "MiB before": before,
        "findings": len(findings), "rules": len(Counter(finding.rule for finding in findings)),
    }  # fmt: skip


def _memory() -> float:
    """Peak resident set of this process, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def sizes() -> list[dict[str, Any]]:
    """Each size in a separate process, so that memory is measured separately."""
    rows = []
    for size in SIZES:
        done = subprocess.run(
            [sys.executable, __file__, "--one", str(size)], capture_output=True, text=True, check=True, cwd=ROOT
        )
        rows.append(json.loads(done.stdout))
    return rows


def prefixes(number: int) -> float:
    """Processor seconds to find the overlaps of random nested prefixes."""
    from policies.gate.model.prefixes import overlaps

    rng = random.Random(1)  # noqa: S311  # a bench, nothing is hidden
    owned = []
    for index in range(number):
        bits = rng.randint(16, 30)
        value = rng.getrandbits(32) & ~((1 << (32 - bits)) - 1)
        text = ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))
        owned.append((f"n{index}", f"{text}/{bits}"))
    begun = time.process_time()
    sum(1 for _ in overlaps(owned))
    return time.process_time() - begun


def false_alarms() -> list[dict[str, Any]]:
    """Benign snapshots evaluated with all rules, and passing cases with their own rule."""
    from policies.gate.core.evaluate import evaluate
    from policies.gate.rules.registry import RULES
    from tests.policies.cases import EXAMPLES, context_of
    from tests.policies.test_benign import BENIGN

    whole = [evaluate(context_of({"snapshot": snapshot}), RULES.values()) for snapshot in BENIGN.values()]
    denied = sum(any(item.blocks for item in found) for found in whole)
    passing = [len(example.evaluated()) for example in EXAMPLES if example.kind == "passed"]
    return [
        {"controls": "benign, by all rules", "number": len(whole), "denied": denied},
        {"controls": "cases that pass, by their rule", "number": len(passing), "denied": sum(map(bool, passing))},
    ]


def exponent(rows: list[dict[str, Any]]) -> float:
    """The exponent of the growth of processor seconds with the size; 1 is linear."""
    first, last = rows[0], rows[-1]
    return math.log(last["cpu"] / first["cpu"]) / math.log(last["size"] / first["size"])


def looks(lab: str) -> list[dict[str, Any]]:
    """Each view of a running lab: the best of three runs."""
    rows = []
    wishes = [["check", "--view", view] for view in ("declared", "planned", "running", "all")]
    for words in [*wishes, ["audit", "--hosts"]]:
        command = [str(Path(sys.executable).with_name("lantu")), *words, "--lab", lab, "--format", "json"]
        best: dict[str, Any] = {}
        for _ in range(3):
            before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
            wall, after = time.perf_counter() - wall, resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            row = {"verb": " ".join(words), "status": done.returncode, "cpu": cpu, "wall": wall}
            best = min(best or row, row, key=lambda item: float(item["wall"]))
        rows.append(best)
    return rows


def checkov(size: int) -> dict[str, Any]:
    """Checkov on Terraform resources of four kinds."""
    venv = Path(tempfile.gettempdir()) / "lantu-bench-checkov"
    if not (venv / "bin" / "checkov").exists():
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        subprocess.run([str(venv / "bin" / "pip"), "install", "-q", "checkov"], check=True)
    with tempfile.TemporaryDirectory() as folder:
        for begin in range(0, size, 100):
            text = "\n".join(_terraform(number) for number in range(begin, min(begin + 100, size)))
            (Path(folder) / f"f{begin}.tf").write_text(text)
        command = ["-d", folder, "--framework", "terraform", "-o", "json", "--quiet", "--compact", "--skip-download"]
        out = Path(folder) / "out.json"
        wall = time.perf_counter()
        with out.open("w") as file, subprocess.Popen([str(venv / "bin" / "checkov"), *command], stdout=file) as run:
            _, _, used = os.wait4(run.pid, 0)
            run.returncode = 0
        wall = time.perf_counter() - wall
        summary = json.loads(out.read_text())["summary"]
    return {
        "read": summary["resource_count"], "failed checks": summary["failed"], "cpu": used.ru_utime + used.ru_stime,
        "wall": wall, "MiB": used.ru_maxrss / 1024,
    }  # fmt: skip


def _terraform(n: int) -> str:
    kinds = (
        ("aws_s3_bucket", f'bucket = "agency-{n}-data"\nacl = "private"'),
        (
            "aws_security_group",
            f'name = "g{n}"\ndescription = "x"\ningress {{\ndescription = "x"\nfrom_port = 22\nto_port = 22\n'
            f'protocol = "tcp"\ncidr_blocks = ["10.{n % 250}.0.0/24"]\n}}',
        ),
        ("aws_instance", 'ami = "ami-0abc"\ninstance_type = "t3.micro"'),
        ("aws_subnet", f'vpc_id = "vpc-1"\ncidr_block = "10.{n % 250}.1.0/24"'),
    )
    kind, body = kinds[n % 4]
    return f'resource "{kind}" "r{n}" {{\n{body}\n}}'


def table(title: str, rows: list[dict[str, Any]]) -> None:
    print(f"\n## {title}\n")
    heads = list(rows[0])
    print("| " + " | ".join(heads) + " |")
    print("|" + "---:|" * len(heads))
    for row in rows:
        print("| " + " | ".join(f"{row[h]:.2f}" if isinstance(row[h], float) else str(row[h]) for h in heads) + " |")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options.add_argument("--checkov", action="store_true")
    options.add_argument("--pulumi", action="store_true")
    options.add_argument("--lab", help="name of a lab that is up")
    asked = options.parse_args()
    if asked.one:
        print(json.dumps(gate(asked.one)))
        return
    rows = sizes()
    table("Plans, all rules, all outputs written (5 % of the resources break a rule); seconds and MiB", rows)
    print(f"\ngrowth of cpu with size, exponent: {exponent(rows):.2f}")
    table("Overlaps", [{"prefixes": number, "seconds": prefixes(number)} for number in (10_000, 100_000, 1_000_000)])
    table("False alarms", false_alarms())
    if asked.lab:
        table(f"Views of a running lab, best of three; load {os.getloadavg()[0]:.1f}", looks(asked.lab))
    if asked.checkov:
        table("Checkov, Terraform", [{"resources": size, **checkov(size)} for size in (1_000, 5_000)])
    if asked.pulumi:
        from tests.bench.policies.previews import previews

        table("pulumi preview, 200 resources; median seconds", previews())


if __name__ == "__main__":
    main()
