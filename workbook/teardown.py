"""What the workbook created, and its removal: `make down`."""

from pathlib import Path

from workbook import programs, targets
from workbook.machine import WorkbookError
from workbook.targets.base import PartlySeen, command
from workbook.waiting import with_progress


def leftovers():
    """What this copy of the workbook created and still stands: a list of (target, thing, name)."""
    found = [(target, thing) for target in targets.claims() for thing in target.standing()]
    return [(target.name, thing.kind, thing.name) for target, thing in _distinct(found) if target.is_ours(thing)]


def down(agrees=lambda question: True):
    """Remove all that this copy of the workbook created, and prove it. Raises WorkbookError if something is left.

    What stands is listed first, whoever made it; then `agrees` is asked with a question. Nothing goes that does not
    carry this copy's mark. What cannot be removed is told and does not keep the rest from being removed.
    """
    places = list(dict.fromkeys(targets.claims() + targets.configured()))
    found, _ = _look(places)
    ours = [(target, thing) for target, thing in found if target.is_ours(thing)]
    for target, thing in ours:
        print(f"{target.name}: {thing.kind} {thing.name}", flush=True)
    if ours and not agrees(f"Remove {'all of these' if len(ours) > 1 else 'it'}?"):
        raise WorkbookError("Nothing was removed.")
    for target in dict.fromkeys(target for target, _ in ours):
        _try(f"emptying the cluster on {target.name}", target.empty)
    for target, thing in ours:
        _try(f"{target.name}: removing the {thing.kind} {thing.name}", target.remove, thing)
    _prove(places)


def _look(places):
    """What stands, each with its target, and what kept a place from being looked at, by target."""
    found, unseen = [], {}
    for target in places:
        try:
            found += [(target, thing) for thing in with_progress(f"looking at {target.name}", target.standing)]
        except PartlySeen as error:
            found += [(target, thing) for thing in error.found]
            unseen[target] = error.told()
        except WorkbookError as error:
            unseen[target] = error.told()
    return _distinct(found), unseen


def _distinct(found):
    """Two zones of one project show the same things."""
    return list({(target.name, thing.removal): (target, thing) for target, thing in reversed(found)}.values())[::-1]


def _try(what, step, *arguments):
    """Do a step with its progress in sight; a failure is told and stops nothing."""
    try:
        with_progress(what, step, *arguments)
    except WorkbookError as error:
        print(f"not done: {error.told()}", flush=True)


def _prove(places):
    """Look again, and say what is there; forget what is gone."""
    found, unseen = _look(places)
    left = [f"{target.name} {thing.kind} {thing.name}" for target, thing in found if target.is_ours(thing)]
    blind = [f"{target.name} could not be looked at: {error}" for target, error in unseen.items() if target.claimed]
    if left or blind:
        raise WorkbookError("\n".join(["This is left. Run `make down` again, or remove it by hand:", *left, *blind]))
    for target in targets.claims():
        target.disclaim()
    for target, error in unseen.items():
        print(f"Not looked at: {target.name}, of which this copy has no note. {error.splitlines()[0]}")
    others = {
        f"{target.name}: the {thing.kind} {thing.name}, removed by {command(thing)}": thing for target, thing in found
    }
    if any(thing.kind != "image" for thing in others.values()):
        raise WorkbookError("\n".join([OTHERS, *others]))
    for image in others:  # of notebook 02, or of another copy: it costs nothing but disk
        print(f"Left alone: {image}")
    if fetched := sorted(path.name for path in programs.CACHE.glob("*")):
        print(f"Left alone, fetched for all copies: {', '.join(fetched)}.")
        print(f"At the end delete their folder, {str(programs.CACHE).replace(str(Path.home()), '~')}")
    print(f"Nothing is left of what the workbook created{', as far as it could be looked at' if unseen else ''}.")


OTHERS = (
    "Nothing is left of what this copy of the workbook created. What follows has its names, but not its mark: another "
    "copy made it, or this one did before its folder .workbook was deleted. It stays, because somebody may need it:"
)
