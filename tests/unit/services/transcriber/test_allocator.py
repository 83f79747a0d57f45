import platform
import subprocess
import sys

import pytest

PROBE = """
import resource, threading, numpy as np
from services.transcriber.allocator import bound_heaps

def held_mib():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() / 2**20

if {bounded}:
    assert bound_heaps()
np.ones(30 * 2**20 // 8)  # what is freed once is kept from then on
before = held_mib()
over = threading.Event()

def work(done):
    np.ones(20 * 2**20 // 8)
    done.set()
    over.wait()

for _ in range(6):
    done = threading.Event()
    threading.Thread(target=work, args=(done,)).start()
    done.wait()
print(held_mib() - before)
over.set()
"""


def kept_mib(*, bounded: bool) -> float:
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(bounded=bounded)], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


@pytest.mark.heavy
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="bounds of glibc")
def test_not_every_thread_keeps_what_it_freed():
    assert kept_mib(bounded=True) < 45 < 100 < kept_mib(bounded=False)


LARGE = """
import resource, numpy as np
from services.transcriber.allocator import bound_heaps

def held_mib():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() / 2**20

if {bounded}:
    assert bound_heaps()
before = held_mib()
for _ in range(2):
    np.ones(28 * 2**20 // 8)
print(held_mib() - before)
"""


@pytest.mark.heavy
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="bounds of glibc")
@pytest.mark.parametrize(("bounded", "least_mib", "most_mib"), [(True, -5, 5), (False, 25, 35)])
def test_a_large_array_is_given_back_whatever_was_freed_before(bounded, least_mib, most_mib):
    done = subprocess.run(
        [sys.executable, "-c", LARGE.format(bounded=bounded)], capture_output=True, text=True, check=True
    )
    assert least_mib < float(done.stdout) < most_mib


HOLES = """
import resource
from services.transcriber.allocator import bound_heaps, release_free_pages

def held_mib():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() / 2**20

bound_heaps()
before = held_mib()
arrays = [bytearray(2**20) for _ in range(100)]
del arrays[::2]
kept = held_mib() - before
release_free_pages()
print(kept, held_mib() - before)
"""


@pytest.mark.heavy
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="malloc_trim of glibc")
def test_holes_between_what_stays_go_back_when_asked_for():
    done = subprocess.run([sys.executable, "-c", HOLES], capture_output=True, text=True, check=True)
    kept, released = map(float, done.stdout.split())
    assert kept > 90
    assert released < 60
