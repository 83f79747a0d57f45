import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local.child import ChildFailed, ChildSpec
from local.supervisor import MOST_RESTARTS_IN_A_ROW, STEADY_SECONDS, Supervisor
from shared.testing.clock import FakeClock

READY = 'print(\'{"event": "ready"}\', flush=True); '
WAIT_FOR_EVER = "import threading; threading.Event().wait()"


def spec(name: str, code: str, **expectations) -> ChildSpec:
    return ChildSpec(name, (sys.executable, "-c", code), **expectations)


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def supervisor(tmp_path: Path, told: list[str]):
    with Supervisor(tmp_path, tell=told.append, stop_seconds=5) as supervisor:
        yield supervisor


def children_of(supervisor: Supervisor) -> list[subprocess.Popen[bytes]]:
    return [child.process for child in supervisor.children]


def let_the_only_child_end(supervisor: Supervisor) -> None:
    child = supervisor.children[0]
    child.process.kill()
    assert child.wait(10)


def test_start_returns_when_every_process_has_logged_ready(supervisor, tmp_path):
    supervisor.start([spec("one", READY + WAIT_FOR_EVER), spec("two", READY + WAIT_FOR_EVER)])

    assert all(process.poll() is None for process in children_of(supervisor))
    assert "ready" in (tmp_path / "one.log").read_text()


def test_a_process_that_dies_at_start_is_reported_in_its_own_words(supervisor):
    dying = spec("worker", "import sys; print('noise'); sys.exit('error: there is no model nope')")

    with pytest.raises(ChildFailed, match=r"^worker: there is no model nope$"):
        supervisor.start([dying])


def test_a_process_that_dies_without_a_word_is_reported_with_status_and_log(supervisor, tmp_path):
    with pytest.raises(ChildFailed, match=f"worker ended with status 7; its log is {tmp_path}/worker.log"):
        supervisor.start([spec("worker", "import os; os._exit(7)")])


def test_a_process_that_never_gets_ready_is_given_up(supervisor):
    with pytest.raises(ChildFailed, match="worker was not ready after 0 s"):
        supervisor.start([spec("worker", WAIT_FOR_EVER, start_seconds=0)])


def test_a_failed_start_leaves_no_process_behind(tmp_path):
    with Supervisor(tmp_path, tell=print) as supervisor:
        with pytest.raises(ChildFailed):
            supervisor.start([spec("good", READY + WAIT_FOR_EVER), spec("bad", "raise SystemExit(1)")])
        started = children_of(supervisor)

    assert [process.returncode is None for process in started] == [False, False]


def test_stopping_asks_in_reverse_order_of_the_start(supervisor):
    supervisor.start([spec(name, READY + WAIT_FOR_EVER) for name in ("first", "second", "third")])
    asked = []
    for child in supervisor.children:
        child.process.terminate = lambda child=child: (asked.append(child.spec.name), child.process.kill())

    supervisor.stop()

    assert asked == ["third", "second", "first"]


def test_a_process_that_ignores_sigterm_is_killed(tmp_path, told):
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + READY + WAIT_FOR_EVER
    with Supervisor(tmp_path, tell=told.append, stop_seconds=0.1) as supervisor:
        supervisor.start([spec("stubborn", stubborn)])
        (process,) = children_of(supervisor)

    assert process.returncode == -9
    assert told == ["stubborn did not end in 0 s: killed"]


def test_a_process_that_dies_later_is_reported_and_started_again_after_a_pause(tmp_path, told, clock):
    with Supervisor(tmp_path, tell=told.append, clock=clock) as supervisor:
        supervisor.start([spec("worker", READY + WAIT_FOR_EVER)])
        (first,) = children_of(supervisor)
        let_the_only_child_end(supervisor)

        supervisor.tend()
        clock.advance(0.9)
        supervisor.tend()
        assert children_of(supervisor) == [first]
        clock.advance(0.1)
        supervisor.tend()

        (second,) = children_of(supervisor)
        assert second.pid != first.pid
        assert second.poll() is None
    assert told == [
        f"worker ended with status -9; its log is {tmp_path}/worker.log; starting it again in 1 s"
    ]


def test_a_process_that_keeps_dying_is_given_up(tmp_path, told, clock):
    with Supervisor(tmp_path, tell=told.append, clock=clock) as supervisor:
        supervisor.start([spec("worker", READY + WAIT_FOR_EVER)])
        for _ in range(MOST_RESTARTS_IN_A_ROW):
            let_the_only_child_end(supervisor)
            supervisor.tend()
            clock.advance(STEADY_SECONDS / 2)
            supervisor.tend()
        let_the_only_child_end(supervisor)

        with pytest.raises(ChildFailed, match="after 5 restarts"):
            supervisor.tend()
    assert [sentence.rpartition(" in ")[2] for sentence in told] == ["1 s", "2 s", "4 s", "8 s", "16 s"]


def test_a_process_that_proved_itself_gets_its_restarts_anew(tmp_path, told, clock):
    with Supervisor(tmp_path, tell=told.append, clock=clock) as supervisor:
        supervisor.start([spec("worker", READY + WAIT_FOR_EVER)])
        for _ in range(2):
            clock.advance(STEADY_SECONDS)
            let_the_only_child_end(supervisor)
            supervisor.tend()
            clock.advance(1)
            supervisor.tend()
    assert [sentence.rpartition(" in ")[2] for sentence in told] == ["1 s", "1 s"]


def test_a_crash_made_on_purpose_is_repaired_at_once_and_not_held_against_the_process(tmp_path, told, clock):
    with Supervisor(tmp_path, tell=told.append, clock=clock) as supervisor:
        supervisor.start([spec("worker", READY + WAIT_FOR_EVER)])
        for _ in range(MOST_RESTARTS_IN_A_ROW + 1):
            before = children_of(supervisor)[0]
            assert supervisor.crash("worker")
            assert before.returncode == -signal.SIGKILL
            assert children_of(supervisor)[0].poll() is None
            supervisor.tend()
    assert told == []


def test_a_process_that_is_down_already_can_not_crash(tmp_path, told, clock):
    with Supervisor(tmp_path, tell=told.append, clock=clock) as supervisor:
        supervisor.start([spec("worker", READY + WAIT_FOR_EVER)])
        let_the_only_child_end(supervisor)
        supervisor.tend()
        assert not supervisor.crash("worker")
