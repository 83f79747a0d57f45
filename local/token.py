"""``make token``: a token of the development issuer, for the platform that ``make up`` keeps running."""

from __future__ import annotations

import httpx

from local.command_line import load_options
from local.exports import ISSUER_URL, USER_ID, read_exports
from local.options import TokenOptions
from shared.process import StartupError, run_process


def main() -> None:
    """Print the token and nothing else."""
    options = load_options(TokenOptions, "token")
    exports = read_exports(options.state)
    user_id = options.user or exports[USER_ID]
    try:
        answer = httpx.get(
            f"{exports[ISSUER_URL]}/token", params={"sub": user_id}, timeout=5, trust_env=False
        ).raise_for_status()
    except httpx.HTTPError as error:
        raise StartupError(f"the development issuer does not answer: {error}") from None
    print(answer.text)


if __name__ == "__main__":
    run_process(main)
