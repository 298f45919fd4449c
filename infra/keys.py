"""Keys and tokens as resources: created once and stored encrypted in the location's state. 密钥"""

from __future__ import annotations

import secrets
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, Resource

from infra.kept import KeptProvider


class KeyMaker(KeptProvider):
    """Creates an Ed25519 key pair. States written before `infra.kept` existed refer to this class by its path."""

    name = "ssh-key"

    def create(self, props: dict[str, Any]) -> CreateResult:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        key = Ed25519PrivateKey.generate()
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
        )
        public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
        outs = {"owner": props["owner"], "private": private.decode(), "public": public.decode()}
        return CreateResult(f"{props['owner']}-{secrets.token_hex(4)}", outs)


class TokenMaker(KeptProvider):
    """Creates a random token. States written before `infra.kept` existed refer to this class by its path."""

    name = "token"

    def create(self, props: dict[str, Any]) -> CreateResult:
        outs = {"owner": props["owner"], "value": secrets.token_urlsafe(32)}
        return CreateResult(f"{props['owner']}-{secrets.token_hex(4)}", outs)


class SshKey(Resource):
    """Key pair of a host, or of a location's operators. `private` is a secret."""

    private: pulumi.Output[str]
    public: pulumi.Output[str]

    def __init__(self, name: str, owner: str) -> None:
        super().__init__(
            KeyMaker(),
            name,
            {"owner": owner, "private": None, "public": None},
            pulumi.ResourceOptions(additional_secret_outputs=["private"]),
        )


class Token(Resource):
    """Token of one system. `value` is a secret."""

    value: pulumi.Output[str]

    def __init__(self, name: str, owner: str) -> None:
        super().__init__(
            TokenMaker(),
            name,
            {"owner": owner, "value": None},
            pulumi.ResourceOptions(additional_secret_outputs=["value"]),
        )
