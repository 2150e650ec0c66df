"""What `make doctor` and `make down` run: what this machine lacks, and the removal of what was created."""

import sys

from workbook import doctor, targets, teardown
from workbook.machine import WorkbookError, settings

USAGE = "`make doctor` says what this machine has for each target, `make down` removes what the workbook created."


def agrees(question):
    """Ask in a terminal, where the end of input is a no; elsewhere nobody could answer."""
    try:
        return not sys.stdin.isatty() or input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def examine(names):
    """Tell which targets this machine can use; return 1 if one that was asked for is not among them."""
    asked = names or ([settings().target] if settings().target else [])
    usable = doctor.report([targets.named(name) for name in asked or targets.TARGETS])
    return 0 if set(asked) <= set(usable) else 1


def main(words):
    try:
        match words:
            case ["doctor", *names]:
                return examine(names)
            case ["down"]:
                return teardown.down(agrees)
            case _:
                return USAGE
    except WorkbookError as error:
        return error.told()
    except KeyboardInterrupt:
        return "Interrupted. What was not removed still stands: run it again."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
