"""Errors as problem documents (RFC 9457), each with a reason from a closed set."""

import re
from functools import lru_cache
from http import HTTPStatus
from typing import NamedTuple

import msgspec
from flask import Response
from gunicorn.http.errors import ParseException
from gunicorn.util import http_date
from werkzeug.exceptions import BadRequest, HTTPException

from service.documents import MAX_BODY, MAX_SAMPLES, PROBLEM_JSON, Problem

# The beginning of msgspec's message, and our name of the case; the first that fits is taken.
INVALID = {
    "Object missing": "missing_field",
    "Object contains": "unknown_field",
    "Expected `array` of length": "sample_count",
    "Expected `str` matching": "not_an_id",
    "Invalid enum value": "unknown_cultivar",
    "Number out of range": "out_of_range",
    "Expected `float` <": "out_of_range",
    "Expected `float` >": "out_of_range",
    "Expected": "wrong_type",
}
BY_STATUS = {404: "not_found", 405: "method", 408: "timeout", 413: "too_large", 415: "media_type", 503: "overloaded"}
MALFORMED_HTTP = "malformed_http"
LONGEST = 200  # characters of its own words that a client hears again: an answer has to fit the socket's buffer
REASONS = [*dict.fromkeys(INVALID.values()), "malformed", MALFORMED_HTTP, *BY_STATUS.values(), "other"]

WHAT_TO_SEND = {  # where msgspec's words do not say it
    "not_an_id": "This is no id of an answer: send the `id` of /predict's answer as it came.",
    "unknown_cultivar": "This is no cultivar that the model knows: send one that /predict names, or null.",
}
DETAILS = {
    404: "There is nothing at this path; GET / lists what there is.",
    405: "This path does not take this method; the Allow header lists those it takes.",
    408: "The request did not arrive in time.",
    413: f"The body must be shorter than {MAX_BODY} bytes; send at most {MAX_SAMPLES} samples at once.",
    415: "The body must be JSON, not compressed, and sent with Content-Type: application/json.",
    431: "The head of the request is too long.",
    500: "The service failed; its log says why. The request may be right.",
    503: "There are more requests than can be answered in time. Ask again in a second, and then less often.",
}


class Refusal(NamedTuple):
    """An answer that is given without asking the application: status, reason, and the bytes of its two parts."""

    status: int
    reason: str
    head: bytes
    body: bytes

    def to(self, method):
        """What to send to a request of that method, with the time; HEAD wants no body."""
        return b"%bDate: %b\r\n\r\n%b" % (self.head, http_date().encode(), b"" if method == "HEAD" else self.body)


@lru_cache(maxsize=64)
def refusal(status, reason=None, detail=None):
    """The Refusal with `status`, one of http.HTTPStatus; `reason` and `detail` where they do not follow from it."""
    reason = reason or BY_STATUS.get(status, "other")
    title = HTTPStatus(status).phrase
    body = msgspec.json.encode(Problem("about:blank", title, status, detail or DETAILS[status], reason))
    head = f"HTTP/1.1 {status} {title}\r\nContent-Type: {PROBLEM_JSON}\r\nContent-Length: {len(body)}\r\n"
    retry = "Retry-After: 1\r\n" if status == 503 else ""
    return Refusal(status, reason, f"{head}{retry}Connection: close\r\n".encode(), body)


class Invalid(BadRequest):
    """A body that is not what was asked for; says which field, and what was expected."""

    def __init__(self, detail, reason, field=msgspec.UNSET):
        super().__init__(detail)
        self.reason = reason
        self.field = field


def said(error):
    """What an exception or a text says, cut where a client's own words make it long."""
    return f"{error!s:.{LONGEST}}"


def decode(body, decoder):
    """The object that the bytes `body` hold; raises Invalid."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise _invalid(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"The body is not valid JSON: {error}.", "malformed") from None


def _invalid(message):
    """An Invalid from msgspec's message, such as "Expected `float`, got `str` - at `$.samples[3].ash`"."""
    reason = next(reason for beginning, reason in INVALID.items() if message.startswith(beginning))
    expected, _, path = message.partition(" - at `$")
    named = re.search(r" field `(.*)`", expected, re.DOTALL)
    field = (path.rstrip("`") + (f".{named[1]}" if named else "")).removeprefix(".")
    detail = WHAT_TO_SEND.get(reason, f"{said(expected)}.")
    return Invalid(detail, reason, said(field) or msgspec.UNSET)


def register(app, metrics):
    """Answer every error of `app` with a problem document, and count those that the client caused."""

    @app.errorhandler(HTTPException)
    def answer(error):
        reason = getattr(error, "reason", BY_STATUS.get(error.code, "other"))
        field = getattr(error, "field", msgspec.UNSET)
        detail = DETAILS.get(error.code, error.description)
        problem = Problem("about:blank", error.name, error.code, detail, reason, field)
        if error.code < 500:
            metrics.rejected(reason)
        headers = [header for header in error.get_headers() if header[0] != "Content-Type"]
        return Response(msgspec.json.encode(problem), error.code, headers, content_type=PROBLEM_JSON)

    @app.errorhandler(ParseException)
    def answer_malformed_body(error):
        return answer(Invalid(f"The body is not what HTTP asks for: {said(error)}.", MALFORMED_HTTP))
