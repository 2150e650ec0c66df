"""The settings of the process, from the environment. What makes no sense is refused in one line that names it."""

import os
import re
import socket
from pathlib import Path


def number(name, default, low, high):
    """The whole number in the variable `name`, from `low` to `high`; raises SystemExit."""
    text = os.environ.get(name, str(default))
    if not re.fullmatch("[0-9]{1,9}", text) or not low <= int(text) <= high:
        raise SystemExit(f"{name} is {text!r}; it must be a whole number from {low} to {high}.")
    return int(text)


def share(name, default):
    """The number in the variable `name`, from 0 to 1; raises SystemExit."""
    text = os.environ.get(name, str(default))
    try:
        found = float(text)
    except ValueError:
        found = -1
    if not 0 <= found <= 1:
        raise SystemExit(f"{name} is {text!r}; it must be a number from 0 to 1.")
    return found


def choice(name, choices):
    """The word in the variable `name`, one of `choices`, "" where it is not set; raises SystemExit."""
    word = os.environ.get(name, "")
    if word and word not in choices:
        raise SystemExit(f"{name} is {word!r}; it can be {' or '.join(map(repr, choices))}, or not set.")
    return word


def folder(name, default):
    """The folder of a model in the variable `name`; raises SystemExit where no model.json is in it."""
    path = Path(os.environ.get(name, default))
    if not (path / "model.json").is_file():
        raise SystemExit(f"{name} is {str(path)!r}; there is no model.json in it.")
    return path


def address(host, port):
    """`host` and `port` as gunicorn wants them, an IPv6 address in brackets; raises SystemExit for a host not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET  # as gunicorn takes it
    try:
        place = socket.getaddrinfo(host, 0, family)[0][-1]
        with socket.socket(family) as probe:
            probe.bind(place)  # to any port: the one that is meant can be this service's own, when SIGHUP comes
    except (OSError, UnicodeError) as error:
        raise SystemExit(f"HOST is {host!r}, where this machine cannot listen: {error}.") from None
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
