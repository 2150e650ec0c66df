"""Are the unit tests of the rules any good? Faults are put into the rules, one at a time, and promtool must notice.

The kinds are those that people make: another window, threshold or `for`, an operator turned round, another aggregation, a
label that is lost, a matcher that is lost.
"""

import copy
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest
import yaml

from tests.k8s import rulefiles
from tests.k8s.rulefiles import OBJECTS, UNIT_TESTS
from workbook import programs

WINDOWS = {"1m": "2m", "2m": "1m", "5m": "10m", "10m": "5m", "30m": "15m", "1h": "2h", "6h": "3h", "1d": "1h"}
OPERATORS = {">": "<", "<": ">", ">=": "<", "<=": ">", "==": "!=", "!=": "=="}
AGGREGATIONS = {"sum": "avg", "avg": "sum", "max": "min", "min": "max", "count": "sum"}


class Fault(NamedTuple):
    """A rule of a file with one field replaced."""

    file: str
    group: int
    rule: int
    field: str
    value: str
    what: str


def replaced(text, pattern, replacement):
    """(what was there, the text with it replaced) for each match of a pattern."""
    for found in re.finditer(pattern, text):
        new = replacement(found)
        if new != found[0]:
            yield f"{found[0]} becomes {new or 'nothing'}", text[: found.start()] + new + text[found.end() :]


def without_one(found):
    """A list of labels without its last."""
    return ", ".join(found[0].split(",")[:-1]) if "," in found[0] else found[0]


FAULTS = [
    (r"(?<=\[)\d+[mhd](?=[\]:])", lambda found: WINDOWS.get(found[0], "7m")),
    (r"(?<= )(?:[<>]=?|[!=]=)(?= )", lambda found: OPERATORS[found[0]]),
    (r"(?<=[<>] )\d+(?:\.\d+)?\b", lambda found: str(float(found[0]) * 3 or 1)),
    (r"\b(?:sum|avg|max|min|count)(?= by| ?\()", lambda found: AGGREGATIONS[found[0]]),
    (r"(?<=by \()[\w, ]+(?=\))", without_one),
    (r'\w+=~?"[^"]*", (?=\w)|, \w+!?=~?"[^"]*"(?=})', lambda found: ""),
]


def faults():
    for file, one in OBJECTS.items():
        for g, group in enumerate(one["spec"]["groups"]):
            for r, rule in enumerate(group["rules"]):
                name = rule.get("alert") or rule["record"]
                for pattern, replacement in FAULTS:
                    for what, text in replaced(rule["expr"], pattern, replacement):
                        yield Fault(file, g, r, "expr", text, f"{name}: {what}")
                for field in {"for", "keep_firing_for"} & rule.keys():
                    number, unit = re.fullmatch(r"(\d+)(\w+)", rule[field]).groups()
                    yield Fault(file, g, r, field, f"{3 * int(number)}{unit}", f"{name}: {field} is trebled")
                    yield Fault(file, g, r, field, "0s", f"{name}: {field} is gone")


def is_noticed(fault, folder, promtool):
    """Whether a unit test fails with this fault; the tests stand beside `folder`, which is made, in `rules`."""
    folder.mkdir()
    objects = copy.deepcopy(OBJECTS)
    objects[fault.file]["spec"]["groups"][fault.group]["rules"][fault.rule][fault.field] = fault.value
    rulefiles.write_rules(folder, objects)
    (folder / "rules").symlink_to(folder.parent / "rules")
    tests = [name for name, test in UNIT_TESTS.items() if f"../{fault.file}" in test["rule_files"]]
    tests.sort(key=lambda name: name != fault.file)  # its own first: the others take longer and notice less
    return any(
        subprocess.run([promtool, "test", "rules", folder / "rules" / name], capture_output=True).returncode
        for name in tests
    )


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_faults_in_rules_are_noticed(tmp_path):
    promtool, every = programs.find("promtool"), list(faults())
    rulefiles.write_tests(tmp_path)
    with ThreadPoolExecutor() as pool:
        noticed = list(
            pool.map(lambda place: is_noticed(every[place], tmp_path / str(place), promtool), range(len(every)))
        )
    survivors = [fault.what for fault, seen in zip(every, noticed, strict=True) if not seen]
    print(f"{sum(noticed)} of {len(every)} faults noticed; not noticed:", *survivors, sep="\n")
    assert sum(noticed) >= 0.95 * len(every), yaml.safe_dump(survivors)
