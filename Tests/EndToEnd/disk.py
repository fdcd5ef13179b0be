"""A recording of the writes of a process, and the files that a power cut could leave; see `recorder/recorder.c`."""

import mmap
import re
import shutil
import struct
import subprocess
from pathlib import Path
from typing import NamedTuple

# Disks write a sector completely or not at all.
SECTOR = 512


def recorder(directory):
    """The library to preload."""
    compiler = shutil.which("cc")
    assert compiler, "there is no C compiler (cc); Tests/run installs one"
    library = directory / "recorder.so"
    source = Path(__file__).parent / "recorder/recorder.c"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-o", library, source, "-ldl"], check=True)
    return library


class Operation(NamedTuple):
    kind: str
    offset: int
    data: bytes

    @property
    def acknowledged(self):
        """The greatest offset in a response."""
        return max((int(number) for number in re.findall(rb"\d+", b"".join(OFFSETS.findall(self.data)))), default=0)


# In a response over HTTP, and in the answer of a command.
OFFSETS = re.compile(rb'"offsets":\[[\d,]*|"type":"ack"[^}]*"offset":\d+')


def operations(record):
    """The recorded operations, in order; the last one may be incomplete."""
    data, place = record.read_bytes(), 0
    while place + 13 <= len(data):
        kind, offset, length = chr(data[place]), *struct.unpack_from("<QI", data, place + 1)
        yield Operation(kind, offset, data[place + 13:place + 13 + length])
        place += 13 + length


class Image(NamedTuple):
    """The file as a power cut at `moment` could have left it."""
    moment: int
    data: bytes
    """What had been acknowledged then."""
    acknowledged: int
    """What had been acknowledged when the last sync returned."""
    synced: int


def images(operations, count, seed):
    """As many images, in the order of their moments.

    What was synced is there. Of what was not, each sector is there or is not; a sector that was written
    more than once may be as any of them left it. The moments are spread evenly over the operations.
    """
    durable, pending = bytearray(), []
    acknowledged = synced = 0
    moments = sorted(seed.randrange(len(operations)) for _ in range(count))
    for moment, (kind, offset, data) in enumerate(operations):
        if kind in "WD":
            # During the write some of its sectors may be on the disk.
            pending += sectors(offset, data)
        while moments and moments[0] == moment:
            moments.pop(0)
            yield Image(moment, bytes(cut(durable, pending, seed)), acknowledged, synced)
        if kind == "S" or kind == "D":
            written = sectors(offset, data) if kind == "D" else pending
            for place, part in written:
                put(durable, place, part)
            pending = [] if kind == "S" else [sector for sector in pending if sector not in written]
            synced = acknowledged if kind == "S" else synced
        if kind == "A":
            acknowledged = max(acknowledged, Operation(kind, offset, data).acknowledged)


def sectors(offset, data):
    """`data` in parts that do not cross the border of a sector."""
    place, end, parts = offset, offset + len(data), []
    while place < end:
        border = min((place // SECTOR + 1) * SECTOR, end)
        parts.append((place, data[place - offset:border - offset]))
        place = border
    return parts


def cut(durable, pending, seed):
    """The synced data, with some of the unsynced sectors in some order."""
    share = seed.choice((0, 0.1, 0.5, 0.9, 1))
    kept = [sector for sector in pending if seed.random() < share]
    if seed.random() < 0.4:
        seed.shuffle(kept)
    image = bytearray(durable)
    for place, part in kept:
        put(image, place, part)
    return image


def put(image, place, part):
    if len(image) < place:
        image.extend(bytes(place - len(image)))
    image[place:place + len(part)] = part


class Faults:
    """Makes calls of a running process fail: for each kind after how many calls, how often, and with which error."""

    KINDS = {"sync": 0, "write": 1, "map": 2}

    def __init__(self, path):
        self.path = path
        path.write_bytes(bytes(12 * len(self.KINDS)))
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 0)

    def fail(self, kind, error, skip=0, count=1):
        struct.pack_into("<iii", self.memory, 12 * self.KINDS[kind], skip, count, error)

    def left(self, kind):
        """The number of remaining failures."""
        return struct.unpack_from("<i", self.memory, 12 * self.KINDS[kind] + 4)[0]
