"""Where the workbook runs: `choose` a target, or ask which is the `current` one.

A target is an object (see `base.Target`); whoever needs to know what it is asks a property, never its name.
"""

import json
from dataclasses import fields

from workbook import machine
from workbook.machine import TOOLS, WorkbookError, settings, version
from workbook.targets.gke import Gke
from workbook.targets.kind import Kind
from workbook.targets.local import Local

TARGETS = {kind.name: kind for kind in (Local, Kind, Gke)}
_current = None


def choose(name=None):
    """Choose where to run: `name`, else WORKBOOK_TARGET, else the workbook's cluster that answers, else this machine.

    Prints the choice, the reason and the versions of the tools, and returns the target.
    """
    target, why = _find(name)
    print(f"Target: {target.name}, because {why}.")
    for tool, remedy in TOOLS.items():
        print(f"{tool:8} {version(tool) or 'not installed: ' + remedy}")
    return use(target)


def current():
    """The target in use: the one chosen last, else the one that `choose` would choose now, from then on."""
    return _current or use(_find()[0])


def use(target):
    """Let `current` be this target, or, with None, be found anew; return it."""
    global _current
    _current = target
    return target


def named(name):
    """The target of that name, as this machine is set up for it. An unknown name is a WorkbookError."""
    if name not in TARGETS:
        *others, last = TARGETS
        raise WorkbookError(f"There is no target {name!r}. Choose {', '.join(others)} or {last}.")
    return TARGETS[name].configured()


def configured():
    """The targets with clusters that this machine's tools can ask, whoever made them."""
    return [place for kind in TARGETS.values() if (place := kind.configured()).can_be_asked()]


def claims():
    """The targets whose clusters this copy of the workbook made."""
    return [_noted(path) for path in sorted(machine.STATE.glob("*.json"))]


def _noted(path):
    try:
        note = json.loads(path.read_text())
        kind = TARGETS[note["name"]]
        return kind(**{field.name: note[field.name] for field in fields(kind)})
    except (ValueError, KeyError, TypeError):
        raise WorkbookError(
            f"{path} notes which cluster this copy made, and cannot be read: a full disk may have cut it off. Delete it, "
            "then run `make down`, which knows the cluster by its mark."
        ) from None


def _find(name=None):
    wanted = name or settings().target
    why = "you chose it" if name else "WORKBOOK_TARGET says so"
    if not wanted:
        wanted, why = "local", "this workbook has made no cluster"
        for made in claims():
            try:
                made.require()
                return made, "the cluster that notebook 03 made answers"
            except WorkbookError as error:
                why = f"no other answers. {error}".rstrip(".")
    return named(wanted), why
