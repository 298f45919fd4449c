"""The district's own program, and a container with a interface in the extranet and one in the portal."""

import pulumi_docker as docker

from infra.__main__ import on_engine  # the whole place, as it is

docker.Container(
    "reports",
    name="reports",
    image="lantu/base:latest",
    memory=64,
    cpus="0.5",
    capabilities=docker.ContainerCapabilitiesArgs(drops=["ALL"]),
    networks_advanced=[
        docker.ContainerNetworksAdvancedArgs(name="shared", ipv4_address="10.70.1.50"),
        docker.ContainerNetworksAdvancedArgs(name="portal", ipv4_address="198.51.100.50"),
    ],
    opts=on_engine,
)
