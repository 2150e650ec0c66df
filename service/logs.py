"""The logs, on standard output: a JSON object for each request (of 503s one a second), and one for a share
of the predictions."""

import os
import sys
from datetime import UTC, datetime
from functools import cache

import msgspec
from gunicorn.glogging import Logger


class AccessLog(Logger):
    """gunicorn's logger, which speaks of a request in JSON: gunicorn's own format cannot quote what clients send."""

    def access(self, resp, req, environ, request_time):
        """Log a request when its answer has been sent; `request_time` is a timedelta."""
        client, method, path = environ["REMOTE_ADDR"], environ["REQUEST_METHOD"], environ["PATH_INFO"]
        self.answered(client, method, path, resp.status_code, request_time.total_seconds(), resp.sent)

    def answered(self, client, method, path, status, seconds, sent):
        """Log that `client` got an answer with `status`, of `sent` bytes, `seconds` after it was let in."""
        line = {
            "time": now(),
            "client": client,
            "method": method,
            "path": path,
            "status": status,
            "milliseconds": round(seconds * 1000, 3),
            "bytes": sent,
        }
        write(line)


class PredictionLog:
    """A sample of the predictions with their inputs, to be joined with labels by the id.

    `share` (0 to 1) of them are kept. Which ones follows from the random end of the id, so that whoever has the id can
    tell, and a wine is kept or not whatever it was. What is sent can be about persons; the measurements of a wine are
    not. So nothing is kept unless somebody asks for it, and whoever does says for how long.
    """

    def __init__(self, share, features):
        self._limit = int(share * 2**64)
        self._features = features

    def keep(self, samples, predictions):
        """Log those of the `predictions` that are chosen, with the inputs in `samples`."""
        if not self._limit:
            return
        for sample, one in zip(samples, predictions, strict=True):
            if int(one.id[-16:], 16) < self._limit:
                inputs = dict(zip(self._features, sample, strict=True))
                line = {"time": now(), "prediction": one.id, "cultivar": one.cultivar}
                write(line | {"confidence": one.probabilities[one.cultivar], "features": inputs})


def now():
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def write(line):
    """Write `line` as JSON, in one piece; a logging handler takes 25 us more. A full disk costs lines and no answers."""
    try:
        os.write(1, msgspec.json.encode(line) + b"\n")
    except OSError as error:
        complain(str(error))


@cache
def complain(reason):
    """Say on standard error that the log cannot be written, once for each reason."""
    print(f"Standard output, the log, cannot be written: {reason}.", file=sys.stderr, flush=True)
