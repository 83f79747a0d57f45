"""Secrets in AWS Secrets Manager.

A rotation moves the stage ``AWSPREVIOUS`` to the value that was current before:
https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
"""

from __future__ import annotations

from botocore.exceptions import ClientError

from shared.aws.clients import SecretsClient
from shared.aws.faults import aws_faults
from shared.ports.secrets import SecretMissing

_CURRENT, _PREVIOUS = "AWSCURRENT", "AWSPREVIOUS"


class SecretsManagerStore:
    """A ``SecretStore``; a secret's name may be its ARN.

    IAM: secretsmanager:GetSecretValue
    """

    def __init__(self, client: SecretsClient) -> None:
        self._client = client

    def values(self, name: str) -> tuple[str, ...]:
        """The current value, then the previous one."""
        current = self._value(name, _CURRENT)
        if current is None:
            raise SecretMissing(name)
        previous = self._value(name, _PREVIOUS)
        return (current,) if previous is None else (current, previous)

    def _value(self, name: str, stage: str) -> str | None:
        with aws_faults():
            try:
                answer = self._client.get_secret_value(SecretId=name, VersionStage=stage)
            except ClientError as error:
                if error.response["Error"]["Code"] == "ResourceNotFoundException":
                    return None
                raise
        return answer["SecretString"]
