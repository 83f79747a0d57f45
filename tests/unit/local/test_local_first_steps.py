import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from local.environment import CHECKOUT
from local.exports import write_exports
from local.first_steps import SAMPLE, first_job

pytestmark = pytest.mark.heavy


class ScriptedEscriba(BaseHTTPRequestHandler):
    """The API and the storage of one job, which is done when it is asked for the second time."""

    def do_POST(self) -> None:
        self.server.created = json.loads(self._body())
        self._answer({"jobId": "01J", "upload": {"uploadUrl": f"{self.server.url}/audio?signature=a&b=c"}})

    def do_PUT(self) -> None:
        self.server.stored = self.headers["Content-Type"], self._body()
        self._answer()

    def do_GET(self) -> None:
        if self.path == "/v1/jobs/01J":
            self.server.asked += 1
            done = self.server.asked > 1
            self._answer({"status": "completed" if done else "queued", "error": None})
        elif self.path == "/v1/jobs/01J/download":
            names = ("talk.json", "talk.txt", "talk.srt")
            self._answer({"files": [{"filename": n, "url": f"{self.server.url}/{n}?x=1"} for n in names]})
        else:
            self._answer(f"the content of {self.path}")

    def log_message(self, *_arguments: object) -> None:
        pass

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"]))

    def _answer(self, content: object = None) -> None:
        body = b"" if content is None else json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def escriba() -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), ScriptedEscriba) as server:
        server.url = f"http://127.0.0.1:{server.server_port}"
        server.asked = 0
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_commands_to_paste_lead_from_a_file_to_its_text(escriba: HTTPServer, tmp_path: Path):
    write_exports(tmp_path / "env", {"ESCRIBA_API_URL": escriba.url, "ESCRIBA_API_KEY": "key"})
    audio = tmp_path / "my talk.mp3"
    audio.write_bytes(b"audio")
    commands = (
        first_job(tmp_path / "env").replace(f"FILE={SAMPLE}", f"FILE='{audio}'").replace("sleep 1", ":")
    )

    done = subprocess.run(["bash", "-c", commands], cwd=CHECKOUT, capture_output=True, text=True)

    assert done.stderr == ""
    assert escriba.created["upload"] == {
        "filename": "my talk.mp3",
        "contentType": "application/octet-stream",
        "size": 5,
    }
    assert escriba.stored == ("application/octet-stream", b"audio")
    assert [line.strip() for line in done.stdout.splitlines()] == [
        "completed",
        '"the content of /talk.txt?x=1"',
    ]


def test_the_sample_to_begin_with_is_there():
    assert (CHECKOUT / SAMPLE).is_file()
