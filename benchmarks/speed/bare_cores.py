"""What the machine itself gives two cores over one: the same work in processes that share nothing.

Cores are seldom free of each other: they share caches and memory, on rented machines often with others,
and some are the two threads of one. Two workers can't be faster than that lets them be.
"""

from __future__ import annotations

import multiprocessing as mp
import os
import time
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from multiprocessing.synchronize import Barrier

from benchmarks.speed.contenders import BareEngine, settings_for
from benchmarks.speed.recordings import Recording
from services.transcriber.model_files import FIXTURE
from shared.log import configure_logging

READY_SECONDS = 120.0


def hearings_a_second(processes: int, recording: Recording) -> float:
    """How often ``processes``, each with one core and the bundled model, hear a recording, all together.

    All begin at once, when the last has loaded its model. Raises ``EOFError`` if one of them dies.
    """
    spawning = mp.get_context("spawn")
    start = spawning.Barrier(processes)
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    hearers: list[tuple[SpawnProcess, Connection]] = []
    for number in range(processes):
        core = cores[number % len(cores)] if cores else None
        receiver, sender = spawning.Pipe(duplex=False)
        process = spawning.Process(target=_hear, args=(core, recording, start, sender), daemon=True)
        process.start()
        sender.close()
        hearers.append((process, receiver))
    seconds: list[float] = [answer.recv() for _, answer in hearers]
    for process, _ in hearers:
        process.join()
    return sum(1 / took for took in seconds)


def _hear(core: int | None, recording: Recording, start: Barrier, answer: Connection) -> None:
    if core is not None:
        os.sched_setaffinity(0, {core})
    configure_logging("bench", "ERROR")
    engine = BareEngine(settings_for(FIXTURE, cpu_threads=1, streams=1, jobs_at_once=1), words=True)
    start.wait(READY_SECONDS)
    began = time.perf_counter()
    engine.hear([recording])
    answer.send(time.perf_counter() - began)
