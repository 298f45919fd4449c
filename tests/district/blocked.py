"""The three cases that the README shows, each a real preview through the gate on the running district."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.district.conftest import LAB, ROOT, lantu

PROGRAMS = Path(__file__).parent / "programs"
DIRECTORY = ROOT / "inventory" / "pengjiang"
TWIN = """
  - id: street-events
    name_zh: 街道综治事件平台
    name_en: Street event platform
    agency: baisha
    level: district
    jurisdiction: pengjiang
    zone: extranet
    data_class: internal
    protection: 2
    capability: B01.02
    object: 网格事件
    functions: [网格事件登记, 事件分派, 处置反馈]
    produces: [street-events]
    consumes: []
    users: [街道工作人员]
    kind: new
    state: planned
    deployed_at: [cloud1, cloud2]
    deployment: {image: app, port: 8090, overlay: 9, replicas: 2, memory_mib: 64, cpus: 0.25}
    owner: 白沙街道综治办
    contact: baisha@pengjiang.example
    approval: 示例
    source: composed
"""
FLOW = """
  - id: street-events
    from: segment:p-grid
    to: system:street-events
    service: tcp/8090
    purpose_zh: 街道登记事件
    purpose_en: The street enters events
    owner: baisha
    approval: 示例
    not_before: 2020-06-01
    expires: never
"""
RESOURCE = """
  - {id: street-events, name_zh: 街道事件, name_en: Street events, kind: department, provider: baisha,
     data_class: internal, sharing: conditional, update: daily, source: composed}
"""


@dataclass(frozen=True)
class PreviewResult:
    """`says` is what the gate said, without what only this run would know."""

    status: int
    says: str


def previewed(program: str, folder: Path, lang: str = "en") -> PreviewResult:
    """A real `pulumi preview` of one of the programs, on the extranet's own stack."""
    environment = {**os.environ, **lantu("env", "--format", "json").json, "LANTU_LANG": lang}
    stack = environment["PULUMI_STACK"]
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    project["runtime"]["options"]["virtualenv"] = str(ROOT / ".venv")
    del project["main"]
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(project))
    shutil.copy(ROOT / f"Pulumi.{stack}.yaml", folder)
    shutil.copy(PROGRAMS / f"{program}.py", folder / "__main__.py")
    return _preview(environment, folder)


def duplicate_system(folder: Path, lang: str = "en") -> PreviewResult:
    """A register with one system more that does what another does; its deployment is previewed as a tenant's."""
    directory = folder / "blueprint"
    shutil.copytree(DIRECTORY, directory)
    for name, entry in (("systems", TWIN), ("flows", FLOW), ("catalogue", RESOURCE)):
        file = directory / f"{name}.yaml"
        file.write_text(file.read_text() + entry)
    # where a new tenant of the place would have its state, and a name that no other run has had
    state = Path(os.environ.get("LANTU_STATE", "/var/lib/lantu"), LAB, "extranet", "pulumi", "blocked", folder.name)
    environment = {
        **os.environ,
        **lantu("env", "--format", "json").json,
        "LANTU_LANG": lang,
        "LANTU_BLUEPRINT": str(directory),
        "PULUMI_STACK": f"{LAB}-baisha",
        "PULUMI_BACKEND_URL": f"file://{state}",
    }
    state.mkdir(parents=True, exist_ok=True)
    project = folder / "cloud"
    left_out = shutil.ignore_patterns(".venv", "Pulumi.*.yaml", "__pycache__")
    shutil.copytree(ROOT / "infra" / "cloud", project, ignore=left_out)
    document = yaml.safe_load((project / "Pulumi.yaml").read_text())
    document["runtime"]["options"]["virtualenv"] = str(ROOT / ".venv")
    (project / "Pulumi.yaml").write_text(yaml.safe_dump(document))
    kept = next((ROOT / "infra" / "cloud").glob("Pulumi.*-grid-centre.yaml"))
    settings = yaml.safe_load(kept.read_text())["config"]
    pulumi = shutil.which("pulumi", path=environment["PATH"])
    assert pulumi
    made = [pulumi, "stack", "init", f"{LAB}-baisha"]
    subprocess.run(made, env=environment, cwd=project, check=True, capture_output=True)
    file = project / f"Pulumi.{LAB}-baisha.yaml"
    salt = yaml.safe_load(file.read_text())["encryptionsalt"]
    settings |= {"lantu-cloud:tenant": "baisha", "lantu-cloud:blueprint": str(directory)}
    file.write_text(yaml.safe_dump({"encryptionsalt": salt, "config": settings}))
    return _preview(environment, project)


def _preview(environment: dict[str, str], folder: Path) -> PreviewResult:
    pulumi = shutil.which("pulumi", path=environment["PATH"])
    assert pulumi
    done = subprocess.run(
        [pulumi, "preview", "--non-interactive", "--color", "never", "--policy-pack", str(ROOT / "policies")],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return PreviewResult(done.returncode, _policies(done.stdout + done.stderr))


def _policies(text: str) -> str:
    """The part of Pulumi's output that the gate wrote."""
    begin = text.find("Policies:")
    assert begin >= 0, text
    part = re.split(r"\n(?=\S)", text[begin:])[0]
    text = "\n".join(line.rstrip() for line in part.splitlines())
    return text.replace(str(ROOT), ".").replace(f"{LAB}-", "lab-").replace(f"/{LAB}/", "/lab/")
