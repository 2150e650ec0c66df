"""What the workbook created, and its removal: `python -m workbook down`."""

from workbook import targets
from workbook.machine import WorkbookError


def leftovers():
    """What the workbook created and still stands, on every target: a list of (target, thing, name)."""
    return [(target.name, thing.kind, thing.name) for target in targets.claims() for thing in target.standing()]


def down():
    """Remove everything that the workbook created, and prove it. Raises WorkbookError if something is left.

    What cannot be removed is told and does not keep the rest from being removed.
    """
    claims = targets.claims()
    for target in claims:
        _try(target.empty)
        for thing in _try(target.standing) or []:
            print(f"{target.name}: removing {thing.kind} {thing.name}", flush=True)
            _try(target.run, *thing.removal)
    remains = leftovers()
    if remains:
        lines = "\n".join(" ".join(line) for line in remains)
        raise WorkbookError(f"This is left. Run `python -m workbook down` again, or remove it in the console:\n{lines}")
    for target in claims:
        target.disclaim()
    print("Nothing is left of what the workbook created.")


def _try(step, *arguments):
    """What a step returns; nothing, after its error is told, if it fails."""
    try:
        return step(*arguments)
    except WorkbookError as error:
        print(f"not done: {error}", flush=True)
