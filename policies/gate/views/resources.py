"""Planned resource -> object of the snapshot, by the Docker provider's property names.

Read from a resource's *inputs*: in a preview its outputs are full of values that the provider will compute, although
the requested state is known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from ipaddress import get_mixed_type_key, ip_network
from typing import Any

from policies.gate.model import Interface, ModelObject, Mount, Network, Plugin, Port, Volume, Workload
from policies.gate.model.unknown import PartlyUnknown, Unknown, mapping
from policies.gate.views.pulumi_values import is_secret

SECRET_NAME = re.compile(r"(PASS(WORD|WD|PHRASE)?|SECRET|TOKEN|CREDENTIALS?|(API|PRIVATE|ACCESS)_?KEY)$", re.IGNORECASE)
SECRET_VALUE = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|://[^/\s:@]+:[^/\s@]+@")
SHIPPING = re.compile(r"(address|url|endpoint|host)$")
"""Suffixes of log driver options that contain the target."""
MIB = 1 << 20


class Props:
    """A resource's inputs. An absent one gives the default, an unknown one its `Unknown`."""

    def __init__(self, raw: Any) -> None:
        self.raw: Mapping[str, Any] = raw.raw if isinstance(raw, PartlyUnknown) else raw or {}

    def __call__(self, name: str, default: Any = "") -> Any:
        value = self.raw.get(name)
        return default if value is None else value

    def part(self, name: str) -> Props:
        """A nested object; if it is unknown, all its values are."""
        value = self.raw.get(name)
        return Hidden(value) if isinstance(value, Unknown) else Props(value)

    def first(self, *names: str) -> Any:
        """The first of these that is set."""
        given = (self.raw[name] for name in names if isinstance(self.raw.get(name), Unknown) or self.raw.get(name))
        return next(given, "")

    def each(self, *names: str) -> Any:
        """A list of nested objects under the first of these names, or its `Unknown`."""
        value = self.first(*names)
        if isinstance(value, Unknown):
            return value
        return [Hidden(item) if isinstance(item, Unknown) else Props(item) for item in value or ()]

    def texts(self, name: str) -> Any:
        value = self(name, ())
        return value if isinstance(value, Unknown) else tuple(value)


class Hidden(Props):
    """An unknown object."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__({})
        self.unknown = unknown

    def __call__(self, name: str, default: Any = "") -> Any:  # noqa: ARG002  # Props' signature
        return self.unknown

    def part(self, name: str) -> Props:  # noqa: ARG002
        return self

    def first(self, *names: str) -> Any:  # noqa: ARG002
        return self.unknown

    def each(self, *names: str) -> Any:  # noqa: ARG002
        return self.unknown


def every(parts: Any, read: Callable[[Props], Any]) -> Any:
    """`read` applied to each part, as a tuple; an `Unknown` stays."""
    return parts if isinstance(parts, Unknown) else tuple(read(part) for part in parts)


def interfaces(parts: Any) -> Any:
    if isinstance(parts, Unknown):
        return parts
    return tuple(_interface(part, str(index)) for index, part in enumerate(parts))


def number(value: Any) -> Any:
    return value if isinstance(value, Unknown) else int(value or 0)


def labels(p: Props) -> Any:
    parts = p.each("labels")
    if isinstance(parts, Unknown):
        return parts
    return mapping({str(part("label")): part("value") for part in parts})


def named(engine: Any, name: Any, p: Props) -> dict[str, Any]:
    """Common fields: id, engine, name. The id has `?` for an unknown engine or name."""
    engine_id = "?" if isinstance(engine, Unknown) else engine
    return {"id": f"{engine_id}/{'?' if isinstance(name, Unknown) else name}", "engine": engine, "name": name}


def network(p: Props, engine: Any, urn: str) -> Network:
    configs = p.each("ipamConfigs")
    return Network(
        **named(engine, p("name"), p),
        driver=p("driver", "bridge"),
        internal=p("internal", False),
        ipv6=p("ipv6", False),
        attachable=p("attachable", False),
        ingress=p("ingress", False),
        prefixes=_prefixes(every(configs, lambda c: c("subnet"))),
        gateways=_filled(every(configs, lambda c: c("gateway"))),
        ranges=_filled(every(configs, lambda c: c("ipRange"))),
        ipam_driver=p("ipamDriver", "default"),
        options=p("options", {}),
        labels=labels(p),
        reference=p("id", ""),
        at=urn,
    )


def _filled(values: Any) -> Any:
    """A tuple without its empty entries; one unknown entry makes the whole unknown."""
    if isinstance(values, Unknown):
        return values
    unknown = next((value for value in values if isinstance(value, Unknown)), None)
    return tuple(value for value in values if value) if unknown is None else unknown


def _prefixes(values: Any) -> Any:
    values = _filled(values)
    if isinstance(values, Unknown):
        return values
    try:
        return normal_prefixes(values)
    except ValueError as mistake:
        return Unknown("ipamConfigs.subnet", str(mistake))


def normal_prefixes(values: tuple[str, ...]) -> tuple[str, ...]:
    """Sorted and normalised. ValueError if one is no prefix."""
    return tuple(str(value) for value in sorted((ip_network(v, strict=False) for v in values), key=get_mixed_type_key))


def container(p: Props, engine: Any, urn: str) -> Workload:
    capabilities = p.part("capabilities")
    return Workload(
        **named(engine, p("name"), p),
        image=p("image"),
        interfaces=interfaces(p.each("networksAdvanced", "networksAdvanceds")),
        network_mode=p("networkMode"),
        pid_mode=p("pidMode"),
        ipc_mode=p("ipcMode"),
        userns_mode=p("usernsMode"),
        cgroupns_mode=p("cgroupnsMode"),
        privileged=p("privileged", False),
        cap_add=capabilities.texts("adds"),
        cap_drop=capabilities.texts("drops"),
        security_opts=_joined(p.texts("securityOpts"), _runtime(p("runtime"))),
        devices=_devices(p),
        mounts=_joined(every(p.each("mounts"), _mount), every(p.each("volumes"), _volume_mount)),
        volumes_from=_filled(every(p.each("volumes"), lambda v: v("fromContainer"))),
        uploads=_uploads(p.each("uploads")),
        ports=every(p.each("ports"), _port),
        publish_all=p("publishAllPorts", False),
        sysctls=p("sysctls", {}),
        dns=p.texts("dns"),
        dns_search=p.texts("dnsSearches"),
        log_driver=p("logDriver"),
        log_targets=_log_targets(p("logOpts", {})),
        secret_env=_secret_env(p("envs", ())),
        memory_mib=p("memory", 0),
        cpus=_cpus(p("cpus", 0)),
        labels=labels(p),
        at=urn,
    )


def service(p: Props, engine: Any, urn: str) -> Workload:
    task, endpoint = p.part("taskSpec"), p.part("endpointSpec")
    spec, limits = task.part("containerSpec"), task.part("resources").part("limits")
    dns, log = spec.part("dnsConfig"), task.part("logDriver")
    return Workload(
        **named(engine, p("name"), p),
        kind="service",
        image=spec("image"),
        interfaces=interfaces(task.each("networksAdvanceds")),
        cap_add=spec.texts("capAdds"),
        cap_drop=spec.texts("capDrops"),
        security_opts=_labels_off(spec.part("privileges").part("seLinuxContext")("disable", False)),
        mounts=every(spec.each("mounts"), _mount),
        ports=every(endpoint.each("ports"), _service_port),
        endpoint_mode=endpoint("mode", "vip"),
        sysctls=spec("sysctl", {}),
        dns=dns.texts("nameservers"),
        dns_search=dns.texts("searches"),
        log_driver=log("name"),
        log_targets=_log_targets(log("options", {})),
        secret_env=_secret_env(spec("env", {})),
        memory_mib=_scaled(limits("memoryBytes", 0), MIB),
        cpus=_scaled(limits("nanoCpus", 0), 1_000_000_000),
        labels=labels(p),
        at=urn,
    )


def volume(p: Props, engine: Any, urn: str) -> Volume:
    return Volume(
        **named(engine, p("name"), p),
        driver=p("driver", "local"),
        driver_opts=p("driverOpts", {}),
        labels=labels(p),
        at=urn,
    )


def plugin(p: Props, engine: Any, urn: str) -> Plugin:
    return Plugin(**named(engine, p("name"), p), at=urn)


def _devices(p: Props) -> Any:
    """Devices by path, by device control group rules, and by driver requests."""
    rules, cards = p.texts("deviceCgroupRules"), p("gpus")
    requested = every(p.each("deviceRequests"), lambda _: "device request")
    given = cards if isinstance(cards, Unknown) else (f"gpus {cards}",) if cards else ()
    return _joined(_filled(every(p.each("devices"), lambda d: d("hostPath"))), rules, requested, given)


def _runtime(name: Any) -> Any:
    """Security options, and a runtime other than the engine's default."""
    return name if isinstance(name, Unknown) else () if name in ("", "runc") else (f"runtime={name}",)


def _labels_off(disabled: Any) -> Any:
    return disabled if isinstance(disabled, Unknown) else ("label=disable",) if disabled else ()


def _uploads(parts: Any) -> Any:
    """Where files go. One secret file hides the whole list outside of Pulumi; a copied file is no socket anyway."""
    return () if is_secret(parts) else every(parts, lambda upload: upload("file"))


def _interface(p: Props, number: str) -> Interface:
    network = p.first("name", "id")
    return Interface(id=number, network=network, ipv4=p("ipv4Address"), ipv6=p("ipv6Address"), mac=p("macAddress"))


def _port(p: Props) -> Port:
    published = number(p("external", 0))
    return Port(internal=number(p("internal", 0)), published=published, protocol=p("protocol", "tcp"), ip=p("ip"))


def _service_port(p: Props) -> Port:
    return Port(
        internal=number(p("targetPort", 0)),
        published=number(p("publishedPort", 0)),
        protocol=p("protocol", "tcp"),
        mode=p("publishMode", "ingress"),
    )


def _mount(p: Props) -> Mount:
    volume_options = p.part("volumeOptions")
    return Mount(
        kind=p("type"),
        target=p("target"),
        source=p("source"),
        read_only=p("readOnly", False),
        options=_driven(volume_options("driverName"), volume_options("driverOptions", {})),
    )


def _driven(driver: Any, options: Any) -> Any:
    """The options of a mount's volume, including a third-party driver."""
    unknown = next((item for item in (driver, options) if isinstance(item, Unknown)), None)
    if unknown is not None or driver in ("", "local"):
        return unknown if unknown is not None else options
    raw = options.raw if isinstance(options, PartlyUnknown) else options
    return mapping({**raw, "driver": driver})


def _volume_mount(p: Props) -> Mount:
    host = p("hostPath")
    bind = isinstance(host, Unknown) or bool(host)
    return Mount(
        kind="bind" if bind else "volume",
        target=p("containerPath"),
        source=host if bind else p("volumeName"),
        read_only=p("readOnly", False),
    )


def _joined(*parts: Any) -> Any:
    """Several lists as one; unknown if one of them is."""
    unknown = next((part for part in parts if isinstance(part, Unknown)), None)
    return tuple(item for part in parts for item in part) if unknown is None else unknown


def _scaled(value: Any, unit: int) -> Any:
    return value if isinstance(value, Unknown) else float(value or 0) / unit


def _cpus(value: Any) -> Any:
    try:
        return value if isinstance(value, Unknown) else float(value or 0)
    except ValueError:
        return Unknown("cpus", f"{value!r} is no number")


def _log_targets(options: Any) -> Any:
    if isinstance(options, Unknown):
        return options
    raw = options.raw if isinstance(options, PartlyUnknown) else options
    return tuple(value for key, value in sorted(raw.items()) if SHIPPING.search(key))


def _secret_env(variables: Any) -> Any:
    """Names of variables that contain a secret. Values are read here and not passed on."""
    if isinstance(variables, Unknown):
        return ("*",) if is_secret(variables) else variables
    pairs = list(_pairs(variables))
    unknown = next((value for _, value in pairs if isinstance(value, Unknown) and not is_secret(value)), None)
    return unknown if unknown is not None else tuple(name for name, value in pairs if carries_secret(name, value))


def _pairs(variables: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(variables, Mapping):
        raw = variables.raw if isinstance(variables, PartlyUnknown) else variables
        yield from raw.items()
        return
    for variable in variables:
        if isinstance(variable, Unknown):
            yield "*", variable
        else:
            name, _, value = str(variable).partition("=")
            yield name, value


def carries_secret(name: str, value: Any) -> bool:
    """Whether a variable looks like a secret, by its name or its value."""
    if is_secret(value):
        return True
    if str(value).startswith("/"):  # a path to a secret file is correct
        return False
    return bool(value) and bool(SECRET_NAME.search(name) or SECRET_VALUE.search(str(value)))


READ: dict[str, tuple[str, Callable[[Props, Any, str], ModelObject]]] = {
    "docker:index/network:Network": ("networks", network),
    "docker:index/container:Container": ("workloads", container),
    "docker:index/service:Service": ("workloads", service),
    "docker:index/volume:Volume": ("volumes", volume),
    "docker:index/plugin:Plugin": ("plugins", plugin),
}
"""Type -> its list in the snapshot, and its reader."""
HARMLESS = ("docker:index/secret:Secret", "docker:index/serviceConfig:ServiceConfig", "pulumi-python:dynamic")
"""Types (or their prefixes) without networks, mounts and ports, which no rule reads."""
