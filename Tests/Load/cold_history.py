"""Measures append to receipt while other clients read history from disk, from memory, and while no client reads.

The oldest nine tenths of the data file are removed from memory again and again. They are also removed from the server's
map, because posix_fadvise(2) drops only pages that no process has mapped. Needs root (process_madvise(2)).
"""

import ctypes

from load import *

# Linux: linux/mman.h, and asm-generic/unistd.h.
MADV_PAGEOUT, PROCESS_MADVISE = 21, 440
# The seconds between two removals.
PAUSE = 0.2


class Range(ctypes.Structure):
    _fields_ = [("start", ctypes.c_void_p), ("length", ctypes.c_size_t)]


def drop(server, descriptor, file, length):
    """Removes the first `length` bytes of the data file from the server's map, and then from the system's cache."""
    library = ctypes.CDLL(None, use_errno=True)
    library.syscall.restype = ctypes.c_long
    with open(f"/proc/{server.pid}/maps") as maps:
        start = next(int(line.split("-")[0], 16) for line in maps if line.rstrip().endswith(os.path.realpath(file.name)))
    part = Range(start, length)
    dropped = library.syscall(
        PROCESS_MADVISE, ctypes.c_int(descriptor), ctypes.byref(part), ctypes.c_size_t(1), ctypes.c_int(MADV_PAGEOUT), ctypes.c_uint(0))
    assert dropped > 0, f"process_madvise: {os.strerror(ctypes.get_errno())}"
    os.posix_fadvise(file.fileno(), 0, length, os.POSIX_FADV_DONTNEED)


def drop_again_and_again(server):
    descriptor = os.pidfd_open(server.pid)
    with open(server.data / "data.mdb", "rb") as file:
        os.fsync(file.fileno())
        length = os.fstat(file.fileno()).st_size * 9 // 10 & -4096
        while True:
            drop(server, descriptor, file, length)
            time.sleep(PAUSE)


def keep_in_memory(server):
    """Reads the data file, so that the system holds it in memory."""
    with open(server.data / "data.mdb", "rb") as file:
        while file.read(1 << 20):
            pass


def replay(server, query):
    """Reads all events from the start, again and again."""
    mark = b"event: replayed"
    while True:
        with Wire(server, timeout=PATIENCE) as wire:
            wire.send(get(f"/api/events?after=start{query}", *EVENT_STREAM))
            tail = b""
            while mark not in tail:
                data = wire.socket.recv(1 << 20)
                assert data, "the server closed a reader"
                tail = tail[-len(mark):] + data


def main(events, size, readers, seconds):
    with serving() as server:
        fill(server, events, size)
        live = Live(server)
        alone = repeated(live.receipt, seconds)
        print(f"{server.data.joinpath('data.mdb').stat().st_size >> 20} MiB; append to receipt, nobody reads: {latency(alone)}")
        for name, query in [(f"{readers} readers of all", ""), (f"{readers} readers of one topic", "&topics=t/7")]:
            keep_in_memory(server)
            with beside(readers, replay, server, query):
                warm = repeated(live.receipt, seconds)
                faults = stat(server, 12)
                with beside(1, drop_again_and_again, server):
                    cold = repeated(live.receipt, seconds)
                faults = stat(server, 12) - faults
            print(f"{name}: not in memory {latency(cold)}, {faults} major page faults; in memory {latency(warm)}; {p99(cold) / p99(warm):.2f} × p99")


if __name__ == "__main__":
    main(**vars(sizes(__doc__, events=500_000, size=500, readers=4, seconds=7.0)))
