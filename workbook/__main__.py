"""`python -m workbook doctor` says what this machine lacks, `python -m workbook down` removes what was created."""

import sys

from workbook import doctor, targets, teardown
from workbook.machine import WorkbookError

COMMANDS = {"doctor": lambda: doctor.examine(targets.choose()), "down": teardown.down}


def main(words):
    if len(words) != 1 or words[0] not in COMMANDS:
        return __doc__
    try:
        COMMANDS[words[0]]()
    except WorkbookError as error:
        return str(error)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
