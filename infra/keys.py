"""SSH keys as resources: made once, kept encrypted in the place's own state, gone with it. 密钥"""

from __future__ import annotations

import secrets
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class KeyMaker(ResourceProvider):
    """Makes an Ed25519 key pair on create; nothing can be read back or changed, so there is nothing else to do."""

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


class SshKey(Resource):
    """The key pair of a host, or of a place's operators. `private` is a secret."""

    private: pulumi.Output[str]
    public: pulumi.Output[str]

    def __init__(self, name: str, owner: str, opts: pulumi.ResourceOptions | None = None) -> None:
        secret = pulumi.ResourceOptions(additional_secret_outputs=["private"])
        super().__init__(
            KeyMaker(), name, {"owner": owner, "private": None, "public": None},
            pulumi.ResourceOptions.merge(secret, opts),
        )
