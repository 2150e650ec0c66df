"""The folder through which the processes share their metrics: bounded, reserved, and one service's own.

prometheus_client names its files after process numbers, so that each dead worker leaves 64 KiB for ever, and a full
folder ends a worker with SIGBUS at its next increment. Here a worker's files belong to its *slot*: the worker that takes
a dead one's place goes on in its files. All of their bytes are written before the worker starts.
"""

import atexit
import fcntl
import json
import os
import shutil
import struct
import tempfile
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path

from prometheus_client import values
from prometheus_client.mmap_dict import MmapedDict

from service import settings

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # a file system in memory: Linux only
MASTER = "master"  # the slot of the process that starts the workers
KIB = 1024
SIZES = {  # bytes of a slot's files: what all series take, and room for labels to come
    "counter": 64 * KIB,
    "histogram": 384 * KIB,
    "gauge_max": 4 * KIB,
    "gauge_livesum": 4 * KIB,
    "gauge_mostrecent": 32 * KIB,
}
NEW, TEMPORARY = "wine-new-", "wine-metrics-"  # a folder is renamed when it is locked: `sweep` must not meet it before


@cache
def folder():
    """The folder that the environment asks for, through which metrics are shared from now on."""
    found = Folder(os.environ.get("PROMETHEUS_MULTIPROC_DIR"), keep=bool(settings.choice("WINE_KEEP_METRICS", ["1"])))
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(found.path)
    values.ValueClass = values.MultiProcessValue(process_identifier=lambda: found.slot)
    return found


class Folder:
    """The folder at `path`, or a new one, which is removed at the end.

    slot: of the process that asks. Raises SystemExit with one line where the folder cannot be used.
    """

    def __init__(self, path, keep=False):
        self.slot = MASTER
        self._damaged = set()
        sweep(Path(MEMORY or tempfile.gettempdir()))
        self.path = Path(path or tempfile.mkdtemp(prefix=NEW, dir=MEMORY))
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = locked(self.path)
            if not self._lock:
                raise SystemExit(
                    f"PROMETHEUS_MULTIPROC_DIR is {self.path}, the folder of a service that is running; name another."
                )
            if not path:
                self.path = self.path.rename(self.path.with_name(self.path.name.replace(NEW, TEMPORARY)))
            for file in self.path.glob("*.db"):
                if not keep:
                    file.unlink()
                elif (kind := file.name.rpartition("_")[0]) in SIZES and intact(file):
                    if kind == "gauge_livesum":
                        forget(file)
                    enlarge(file, SIZES[kind])
            self.reserve(MASTER)
        except OSError as error:
            raise SystemExit(
                f"PROMETHEUS_MULTIPROC_DIR is {self.path}, where nothing can be written: {error}."
            ) from None
        if not path:
            master = os.getpid()
            atexit.register(lambda: os.getpid() == master and shutil.rmtree(self.path, ignore_errors=True))

    def reserve(self, slot):
        """Write every byte of the slot's files that are not there yet, or are damaged; raises OSError if it is full."""
        self.path.mkdir(parents=True, exist_ok=True)
        for kind, size in SIZES.items():
            file = self.path / f"{kind}_{slot}.db"
            if not file.exists() or not intact(file):
                try:
                    file.write_bytes(bytes(size))
                except OSError:
                    file.unlink(missing_ok=True)  # half of it would look like a whole one
                    raise

    def reserved(self, slot):
        """Whether the slot's counts have a place."""
        files = [self.path / f"{kind}_{slot}.db" for kind in SIZES]
        return all(file.exists() and file.stat().st_blocks * 512 >= file.stat().st_size for file in files)

    def died(self, slot):
        """Forget the gauges of a worker that ended; its counts stay."""
        with suppress(FileNotFoundError):  # somebody emptied the folder: no reason to end those who live
            forget(self.path / f"gauge_livesum_{slot}.db")

    def held(self, slot):
        """How many requests the worker of `slot` was busy with, or let wait, when it ended, as its gauges say."""
        busy = {("wine_requests_in_progress", None), ("wine_requests_waiting", "accepted")}
        found = self._read("gauge_livesum", slot)
        return int(sum(value for name, labels, value in found if (name, labels.get("where")) in busy))

    def labelled(self):
        """The versions of models of which the slot's files count labels."""
        found = self._read("counter", self.slot)
        return {labels["model_version"] for name, labels, _ in found if name == "wine_labels"}

    def _read(self, kind, slot):
        """The series in one file of a slot: a list of (metric, labels, value)."""
        file = self.path / f"{kind}_{slot}.db"
        held = MmapedDict.read_all_values_from_file(str(file)) if intact(file) else []
        keys = ((json.loads(key), value) for key, value, *_ in held)
        return [(name, labels, value) for (name, _, labels, _), value in keys]

    def files(self, log):
        """The files that can be read; `log` is called with a line for each that cannot, once."""
        found = {file: intact(file) for file in self.path.glob("*.db")}
        damaged = {file for file, good in found.items() if not good}
        for file in damaged - self._damaged:
            log(f"{file} is damaged: its numbers are lost until its worker is started anew.")
        self._damaged = damaged
        return [str(file) for file, good in found.items() if good]


def locked(folder):
    """An open file of `folder` that nobody else can lock until this process has ended; None if somebody has."""
    file = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file


def sweep(memory):
    """Remove what services left that were killed: only of them nobody holds the lock."""
    for folder in memory.glob(f"{TEMPORARY}*"):
        try:
            if lock := locked(folder):
                try:
                    shutil.rmtree(folder)
                finally:
                    os.close(lock)
        except OSError:  # somebody else's, or just being removed
            continue


def forget(file):
    """Let a file say that it holds nothing, and leave it its bytes."""
    with file.open("r+b") as opened:
        opened.write(struct.pack("i", 8))


def enlarge(file, room):
    """Write `room` bytes behind what a file holds: another model has other series."""
    with file.open("r+b") as opened:
        (used,) = struct.unpack("i", opened.read(4))
        opened.truncate(used)
        opened.seek(0, os.SEEK_END)
        opened.write(bytes(room))


def intact(file):
    """Whether prometheus_client can read a file: a head with the bytes used, then keys and numbers as far as it says."""
    try:
        data = file.read_bytes()
        used, place = struct.unpack_from("i", data)[0], 8
        while place < used:
            (length,) = struct.unpack_from("i", data, place)
            if length <= 0 or not is_key(data[place + 4 : place + 4 + length]):
                return False
            place += length + 12 - (length + 4) % 8 + 16
        return place == max(used, 8) and place <= len(data)
    except (OSError, struct.error):
        return False


@lru_cache(maxsize=10_000)
def is_key(text):
    try:
        name, sample, labels, help_text = json.loads(text)
    except (ValueError, TypeError):
        return False
    return isinstance(name, str) and isinstance(sample, str) and isinstance(labels, dict) and isinstance(help_text, str)
