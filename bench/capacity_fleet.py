"""A simulated fleet: many pods with the series of one real pod, served to be scraped, or written as blocks.

What a pod exposes is read from a running service. A counter grows at the rate that it had there, times a factor of the
pod, so histograms, ratios and shares stay those of the real service.
"""

import http.server
import math
import threading
from dataclasses import dataclass, replace

from prometheus_client.parser import text_string_to_metric_families

from bench.backfill import write_blocks

FACTORS = [0.8, 0.9, 1.0, 1.1, 1.2]  # pods are never equally busy


@dataclass(frozen=True)
class Series:
    """A series: a counter that grows by `rate` a second, or a gauge (`rate` 0) that swings around `value`."""

    name: str
    labels: tuple
    value: float = 0.0
    rate: float = 0.0
    swing: float = 0.0

    def at(self, age):
        """The value after `age` seconds."""
        return int(self.rate * age) if self.rate else self.value * (1 + self.swing * math.sin(age / 600))

    def of(self, pod):
        """The same series on another pod."""
        return replace(self, labels=(*self.labels, ("pod", name(pod))), rate=self.rate * FACTORS[pod % len(FACTORS)])

    def prefix(self):
        """What its lines begin with."""
        labels = ",".join(f'{label}="{value}"' for label, value in self.labels)
        return f"{self.name}{{{labels}}} "


def name(pod):
    return f"wine-model-{pod:05d}"


def series_of(page, seconds):
    """The series of an exposition page whose counters grew from 0 for `seconds`."""
    samples = [(family.type, sample) for family in text_string_to_metric_families(page) for sample in family.samples]
    kept = [(kind, sample) for kind, sample in samples if not sample.name.endswith("_created")]
    return [
        Series(
            one.name,
            tuple(one.labels.items()),
            **({"value": one.value} if kind == "gauge" else {"rate": one.value / seconds}),
        )
        for kind, one in kept
    ]


def serve(series, age):
    """Serve `/<pod>`, for any number, on a free port; `age()` is the pods' age in seconds. Returns the HTTP server."""
    lines = [(one, one.prefix()) for one in series]

    class Pod(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            seconds = age() * FACTORS[int(self.path[1:]) % len(FACTORS)]
            body = "".join(f"{prefix}{one.at(seconds)}\n" for one, prefix in lines).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pod)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def backfill(series, folder, start, end, step):
    """Write series as blocks of `folder`/data: a sample every `step` seconds from `start` to `end`. Return the count."""
    text, written = folder / "samples.om", 0
    hours = 2 if end - start < 86400 else 48  # of one block: Prometheus never makes shorter ones
    for begin in range(start, end, hours * 3600):
        times = range(begin, min(begin + hours * 3600, end), step)
        endings = {}
        with text.open("w") as out:
            for one in series:
                key = one.value, one.rate, one.swing
                if key not in endings:
                    endings[key] = [f"{one.at(time - start)} {time}\n" for time in times]
                prefix = one.prefix()
                out.write(prefix + prefix.join(endings[key]))
                written += len(times)
            out.write("# EOF\n")
        write_blocks(text, folder, f"--max-block-duration={hours}h")
        text.unlink()
    return written
