"""The district's own program, and one network more that nobody planned."""

import pulumi_docker as docker

from infra.__main__ import on_engine  # the whole place, as it is

docker.Network(
    "survey-net",
    name="survey-net",
    driver="bridge",
    internal=True,
    ipam_configs=[docker.NetworkIpamConfigArgs(subnet="10.99.0.0/24")],
    opts=on_engine,
)
