"""What `make doctor` and `make down` run: what this machine lacks, and the removal of what was created."""

import sys

from workbook import doctor, targets, teardown
from workbook.machine import WorkbookError


def agrees(question):
    """Ask in a terminal; elsewhere nobody could answer."""
    return not sys.stdin.isatty() or input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


COMMANDS = {"doctor": lambda: doctor.examine(targets.choose()), "down": lambda: teardown.down(agrees)}


def main(words):
    if len(words) != 1 or words[0] not in COMMANDS:
        return "`make doctor` says what this machine lacks, `make down` removes what the workbook created."
    try:
        COMMANDS[words[0]]()
    except WorkbookError as error:
        return str(error)
    except KeyboardInterrupt:
        return "Interrupted. What was not removed still stands: run it again."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
