"""Documents of the Docker API -> objects of the snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from policies.gate.model import Interface, Mount, Network, Plugin, Port, Volume, Workload
from policies.gate.views.resources import SHIPPING, carries_secret, normal_prefixes

Document = Mapping[str, Any]
OWN = ("bridge", "host", "none")
"""Default networks of an engine; workloads show what is attached to them."""
CLUSTER, OF_THE_CLUSTER = "cloud", ("ingress", "docker_gwbridge")
"""The cluster's engine, and the networks that a cluster creates by itself."""
NUMBERED = ("com.docker.network.driver.overlay.vxlanid_list",)
"""Options that a cluster adds."""
MIB = 1 << 20


def networks(documents: list[Document], engine: str) -> Iterator[Network]:
    """`GET /networks` -> networks, without the engine's own."""
    for document in documents:
        if document["Name"] not in OWN and not (engine == CLUSTER and document["Name"] in OF_THE_CLUSTER):
            yield _network(document, engine)


def _network(document: Document, engine: str) -> Network:
    configs = (document["IPAM"] or {}).get("Config") or []
    return Network(
        id=f"{engine}/{document['Name']}",
        engine=engine,
        name=document["Name"],
        driver=document["Driver"],
        internal=document["Internal"],
        ipv6=document["EnableIPv6"],
        attachable=document["Attachable"],
        ingress=document["Ingress"],
        prefixes=normal_prefixes(tuple(config["Subnet"] for config in configs if config.get("Subnet"))),
        gateways=tuple(config["Gateway"] for config in configs if config.get("Gateway")),
        ranges=tuple(config["IPRange"] for config in configs if config.get("IPRange")),
        ipam_driver=(document["IPAM"] or {}).get("Driver") or "default",
        options={key: value for key, value in (document["Options"] or {}).items() if key not in NUMBERED},
        labels=document["Labels"] or {},
        reference=document["Id"],
        at=f"{engine}: network {document['Name']} {document['Id'][:12]}",
    )


def workload(document: Document, engine: str) -> Workload:
    """Inspection of a container -> workload."""
    host, config, name = document["HostConfig"], document["Config"], document["Name"].lstrip("/")
    task = (config["Labels"] or {}).get("com.docker.swarm.service.name")
    log = host["LogConfig"] or {}
    variables = [word.partition("=") for word in config["Env"] or ()]
    return Workload(
        id=f"{engine}/{task or name}",
        engine=engine,
        name=task or name,
        kind="service" if task else "container",
        image=_image(document, task),
        interfaces=tuple(_interfaces(document, engine)),
        network_mode=host["NetworkMode"] if host["NetworkMode"] != "default" else "",
        pid_mode=host["PidMode"],
        ipc_mode=host["IpcMode"],
        userns_mode=host["UsernsMode"],
        cgroupns_mode=host.get("CgroupnsMode", ""),
        privileged=host["Privileged"],
        cap_add=tuple(host["CapAdd"] or ()),
        cap_drop=tuple(host["CapDrop"] or ()),
        security_opts=tuple(_confinement(host)),
        devices=tuple(_devices(host)),
        mounts=tuple(_mount(mount) for mount in document["Mounts"] if mount["Type"] != "tmpfs"),
        volumes_from=tuple(host["VolumesFrom"] or ()),
        ports=tuple(_ports(document)),
        publish_all=host["PublishAllPorts"],
        sysctls=host.get("Sysctls") or {},
        dns=tuple(host["Dns"] or ()),
        dns_search=tuple(host["DnsSearch"] or ()),
        log_driver=log.get("Type", ""),
        log_targets=tuple(value for key, value in sorted((log.get("Config") or {}).items()) if SHIPPING.search(key)),
        secret_env=tuple(key for key, _, value in variables if carries_secret(key, value)),
        memory_mib=host["Memory"] / MIB,
        cpus=(host["NanoCpus"] or 0) / 1_000_000_000,
        runs=document["State"]["Running"],
        labels=config["Labels"] or {},
        at=f"{engine}: container {name} {document['Id'][:12]}",
    )


def _image(document: Document, task: str | None) -> str:
    """The image's name for a service, its id for a host."""
    return str(document["Config"]["Image"]).partition("@")[0] if task else str(document["Image"])


def _interfaces(document: Document, engine: str) -> Iterator[Interface]:
    for name, interface in sorted((document["NetworkSettings"]["Networks"] or {}).items()):
        if name == "none" or (engine == CLUSTER and name == "ingress"):
            continue
        requested = interface.get("IPAMConfig") or {}
        ipv4 = interface.get("IPAddress") or requested.get("IPv4Address") or ""
        ipv6 = interface.get("GlobalIPv6Address") or requested.get("IPv6Address") or ""
        yield Interface(id=name, network=name, ipv4=ipv4, ipv6=ipv6, mac=interface.get("MacAddress") or "")


def _confinement(host: Document) -> Iterator[str]:
    """Security options beyond the engine's defaults, and another runtime."""
    yield from host["SecurityOpt"] or ()
    if host.get("Runtime", "runc") not in ("", "runc"):
        yield f"runtime={host['Runtime']}"


def _devices(host: Document) -> Iterator[str]:
    """Devices by path, by device control group rules, and by driver requests."""
    yield from (device["PathOnHost"] for device in host["Devices"] or ())
    yield from host.get("DeviceCgroupRules") or ()
    yield from ("device request" for _ in host.get("DeviceRequests") or ())


def _mount(mount: Document) -> Mount:
    source = mount.get("Name") if mount["Type"] == "volume" else mount.get("Source")
    return Mount(
        kind=mount["Type"], target=mount["Destination"], source=source or "", read_only=not mount.get("RW", True)
    )  # fmt: skip


def _ports(document: Document) -> Iterator[Port]:
    """Published ports, without ports that are only exposed."""
    for inner, bound in sorted((document["NetworkSettings"].get("Ports") or {}).items()):
        number, _, protocol = inner.partition("/")
        for binding in bound or ():
            published, ip = int(binding["HostPort"] or 0), binding["HostIp"]
            yield Port(internal=int(number), published=published, protocol=protocol, ip=ip)


def volumes(documents: list[Document], engine: str) -> Iterator[Volume]:
    for document in documents:
        yield Volume(
            id=f"{engine}/{document['Name']}",
            engine=engine,
            name=document["Name"],
            driver=document["Driver"],
            driver_opts=document.get("Options") or {},
            labels=document.get("Labels") or {},
            at=f"{engine}: volume {document['Name']}",
        )


def plugins(documents: list[Document], engine: str) -> Iterator[Plugin]:
    for document in documents:
        name = document["Name"]
        yield Plugin(id=f"{engine}/{name}", engine=engine, name=name, at=f"{engine}: plugin {name}")
