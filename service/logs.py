"""The access log: one JSON object a request, on standard output."""

import os
from datetime import UTC, datetime

import msgspec
from gunicorn.glogging import Logger


class AccessLog(Logger):
    """gunicorn's logger, which speaks of a request in JSON: gunicorn's own format cannot quote what clients send."""

    def access(self, resp, req, environ, request_time):
        """Log a request when its answer has been sent; `request_time` is a timedelta."""
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "client": environ["REMOTE_ADDR"],
            "method": environ["REQUEST_METHOD"],
            "path": environ["PATH_INFO"],
            "status": resp.status_code,
            "milliseconds": round(request_time.total_seconds() * 1000, 3),
            "bytes": resp.sent,
        }
        os.write(1, msgspec.json.encode(line) + b"\n")  # in one piece; a logging handler takes 25 us more
