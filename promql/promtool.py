"""Rules and their unit tests, written in a cell and run by Prometheus's own promtool.

https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/
"""

import glob
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import yaml

from promql.errors import RulesFailed

WANTED = (
    "Rules are tested by promtool, which comes with Prometheus (https://prometheus.io/download/) and is not on PATH. "
    "Put it there, or name it: %env PROMTOOL=/path/to/promtool"
)
FORM = "Write the rules (groups: ...), a line ---, and the tests (tests: ...), or name a file of rules: --rules PATH."


def passed(text: str, rules: str = "") -> str:
    """Run the tests of `text` by promtool; a sentence on how many passed. Raises RulesFailed, with promtool's words.

    `text` is YAML of one document or several: the groups of a rule file, and a test file without its `rule_files`.
    Lines keep their numbers. `rules` is the path of rule files, or a pattern of paths; PrometheusRules of Kubernetes are
    taken for their groups, and so are those in a List.
    """
    program = shutil.which(os.environ.get("PROMTOOL") or "promtool")
    if not program:
        raise RulesFailed(WANTED)
    with tempfile.TemporaryDirectory() as folder:
        tests = written(text, rules, Path(folder))
        names = sorted(path.name for path in Path(folder).glob("rules*.yml"))
        for command in (["check", "rules", *names], ["test", "rules", "tests.yml"]):
            done = subprocess.run([program, *command], cwd=folder, capture_output=True, text=True)
            if done.returncode:
                raise RulesFailed(failure(done.stdout + done.stderr))
    kinds = {"alert_rule_test": "alert", "promql_expr_test": "expression"}
    counts = {word: sum(len(one.get(kind) or []) for one in tests) for kind, word in kinds.items()}
    told = " and ".join(f"{count} {word} check{'s' * (count != 1)}" for word, count in counts.items() if count)
    return f"Passed: {len(tests)} test{'s' * (len(tests) != 1)}, {told or 'which check nothing'}."


def written(text: str, rules: str, folder: Path) -> list[dict[str, Any]]:
    """Write the files that promtool reads into `folder`, and return the tests among them. Raises RulesFailed."""
    tests, groups = [], 0
    for document in documents(text):
        content = parsed(document)
        if "groups" in content and "tests" in content:
            raise RulesFailed(f"Rules and tests stand in one document. {FORM}")
        if "groups" in content:
            groups += 1
            (folder / f"rules{groups}.yml").write_text(document, encoding="utf-8")
        elif "tests" in content:
            tests.append((document, content))
    for content in in_files(rules):
        groups += 1
        (folder / f"rules{groups}.yml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    if not groups or len(tests) != 1:
        raise RulesFailed(f"{groups} documents of rules and {len(tests)} of tests are here. {FORM}")
    ((document, content),) = tests
    named = "" if "rule_files" in content else "\nrule_files: [rules*.yml]\n"
    (folder / "tests.yml").write_text(document + named, encoding="utf-8")
    return content["tests"] or []


def in_files(rules: str) -> list[dict[str, Any]]:
    """The documents of rules in the files of that path or pattern, if there is one. Raises RulesFailed."""
    paths = sorted(glob.glob(os.path.expanduser(rules)))
    if rules and not paths:
        raise RulesFailed(f"There is no file {rules}.")
    found = []
    for path in paths:
        try:
            held = [
                one for content in yaml.safe_load_all(Path(path).read_text(encoding="utf-8")) for one in taken(content)
            ]
        except OSError as error:
            raise RulesFailed(f"{path} cannot be read: {error.strerror}.") from None
        except (ValueError, yaml.YAMLError) as error:
            raise RulesFailed(f"{path} is not YAML: {error}") from None
        if not held:
            raise RulesFailed(f"{path} has no rules: neither `groups` nor a PrometheusRule with `spec.groups`.")
        found += held
    return found


def taken(content: Any) -> list[dict[str, Any]]:
    """The documents of rules in one of a file: itself, a PrometheusRule's groups, or those of a List."""
    match content:
        case {"items": [*items]}:
            return [one for item in items for one in taken(item)]
        case {"spec": {"groups": groups}} | {"groups": groups}:
            return [{"groups": groups}]
    return []


def documents(text: str) -> list[str]:
    """The YAML documents of a text, each after as many empty lines as stand before it: so lines keep their numbers."""
    found, line = [], 0
    for part in re.split(r"(?m)^---[ \t]*(?:#.*)?$\n?", text):
        found.append("\n" * line + part)
        line += part.count("\n") + 1
    return [one for one in found if one.strip()]


def parsed(text: str) -> dict[str, Any]:
    """A YAML document that must be an object. Raises RulesFailed."""
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise RulesFailed(f"This is not YAML: {error}") from None
    if not isinstance(content, dict):
        raise RulesFailed(f"{str(content)[:60]!r} is neither rules nor tests. {FORM}")
    return content


def failure(said: str) -> str:
    """What promtool said, without the words that are the same each time."""
    lines = [line.rstrip() for line in said.splitlines()]
    useful = [line for line in lines if line.strip() and not re.match(r"\s*(Unit Testing:|SUCCESS|Checking )", line)]
    return "\n".join(["promtool says:", *useful])
