"""What ``make up`` prints: where everything is, and a first job to paste into a shell."""

from __future__ import annotations

from pathlib import Path

from local.platform import EXPORTS, Platform

SAMPLE = "models/fixture/samples/en_1_clean.flac"


def welcome(platform: Platform, state: Path) -> str:
    """Addresses and folders, then the ways to a transcript."""
    return f"""\
Escriba is up; Ctrl-C ends it.

  API        {platform.api_url}  (documentation: {platform.api_url}/docs)
  API key    {platform.api_key}
  token      make token  (a JWT of the development issuer, {platform.issuer_url})
  e-mails    {state}/mails/  (as the emulator has them: {platform.inbox_url})
  emulator   {platform.emulator_url}
  logs       {platform.logs}/
  exports    . {state / EXPORTS}

A job, from another terminal in this folder:  make submit AUDIO={SAMPLE}

The same by hand, in bash or zsh: create it, send its audio, wait for its end, read its text.

{first_job(state / EXPORTS)}"""


def first_job(exports: Path) -> str:
    """Commands for bash and zsh; FILE is the one thing to change for a file of one's own.

    No comments, as zsh takes none at its prompt, and no variable of its own (``status``, ``path``).
    """
    return f"""\
. {exports}
FILE={SAMPLE}
api() {{
  curl -sS -H "X-API-Key: $ESCRIBA_API_KEY" -H 'Content-Type: application/json' "$ESCRIBA_API_URL/v1/$@"
}}
show() {{ .venv/bin/python -c "import json, sys; answer = json.load(sys.stdin); print($1)"; }}
CREATED=$(api transcriptions -d "$(printf \\
  '{{"upload": {{"filename": "%s", "contentType": "application/octet-stream", "size": %d}}}}' \\
  "${{FILE##*/}}" $(wc -c <"$FILE"))")
JOB=$(printf %s "$CREATED" | show 'answer["jobId"]')
curl -sS -T "$FILE" -H 'Content-Type: application/octet-stream' \\
  "$(printf %s "$CREATED" | show 'answer["upload"]["uploadUrl"]')"
until api "jobs/$JOB" | show 'answer["status"], answer.get("error") or ""' |
  grep -E 'completed|failed|cancelled|expired'
do sleep 1; done
curl -sS "$(api "jobs/$JOB/download" |
  show '*[file["url"] for file in answer["files"] if file["filename"].endswith(".txt")]')"
"""
