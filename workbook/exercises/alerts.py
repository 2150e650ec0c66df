"""The exercises of 04_monitor on rules that the reader writes."""

import yaml

from workbook import written
from workbook.exercises import exercise

REFUSED = """
alert: WineManyRefused
expr: >-
  sum(rate(flask_http_request_duration_seconds_count{url_rule="/predict", status=~"4.."}[1m]))
  / sum(rate(flask_http_request_duration_seconds_count{url_rule="/predict"}[1m])) > 0.5
for: 30s
labels: {severity: ticket}
annotations: {summary: More than half of the requests are refused}
"""
PREDICT, NOWHERE = "/predict", "None"
FEW = {(PREDICT, "400"): ("0+2x80",) * 2, (PREDICT, "200"): ("0+10x80",) * 2}
SITUATIONS = {  # what two pods answer: route and status, and each pod's counts every 5 s as promtool writes samples
    "more than half": {(PREDICT, "400"): ("0+2x12 26+20x60",) * 2, (PREDICT, "200"): ("0+10x80",) * 2},
    "few": FEW,
    "one pod of two": {(PREDICT, "400"): ("0+20x80", "0+1x80"), (PREDICT, "200"): ("0+5x80", "0+40x80")},
    "no traffic": {(PREDICT, "400"): ("5x80",) * 2, (PREDICT, "200"): ("50x80",) * 2},
    "another refusal": {(PREDICT, "415"): ("0+20x80",) * 2, (PREDICT, "200"): ("0+10x80",) * 2},
    "another route": FEW | {(NOWHERE, "404"): ("0+90x80",) * 2},
    "overload": FEW | {(PREDICT, "503"): ("0+90x80",) * 2},
    "busy elsewhere": {  # and one pod restarts
        (PREDICT, "400"): ("0+20x80", "0+20x41 0+20x40"),
        (PREDICT, "200"): ("0+10x80", "0+90x20 1800+10x20 0+10x40"),
        ("/metrics", "200"): ("0+90x80",) * 2,
    },
    "more than are answered": {
        (PREDICT, "400"): ("0+4x80",) * 2,
        (PREDICT, "200"): ("0+3x80",) * 2,
        (PREDICT, "503"): ("0+3x80",) * 2,
    },
}


def as_rule(alert):
    """The one rule in a YAML text, a dict. Raises Refused."""
    try:
        rule = yaml.safe_load(alert)
    except yaml.YAMLError as error:
        raise written.Refused(f"it is no YAML: {error}") from None
    if isinstance(rule, list) and len(rule) == 1:
        (rule,) = rule
    if not isinstance(rule, dict) or "groups" in rule:
        raise written.Refused("give the one rule alone, beginning with `alert:`.")
    return rule


def as_file(rule):
    """The text of a rule file with this one rule."""
    return yaml.safe_dump({"groups": [{"name": "yours", "rules": [rule]}]})


def misfire(answer, name, expected, fires):
    """What is wrong with the alert in a YAML text, which should be called `name`; None if it fires as it should.

    `expected` maps a situation and a time to what `fires(rules, situation, at)` gives of a right one, and to a hint.
    """
    try:
        rule = as_rule(answer)
        for (situation, at), (wanted, hint) in expected.items():
            if fires(as_file(rule), situation, at) != wanted:
                return hint
    except written.Refused as refusal:
        return f"Prometheus does not take this rule: {refusal}"
    if rule.get("alert") != name:
        return f"It does what was asked. Its name should be {name}, and is {rule.get('alert')}."


def fires(rules, situation, at):
    """Whether any alert of a rule file fires in one of SITUATIONS."""
    labels = 'job="wine-model", namespace="wine", method="POST"'
    series = {
        f'flask_http_request_duration_seconds_count{{{labels}, pod="{pod}", url_rule="{route}", status="{status}"}}': said
        for (route, status), counts in SITUATIONS[situation].items()
        for pod, said in zip("ab", counts, strict=True)
    }
    return bool(written.answer('ALERTS{alertstate="firing"}', series, at, rules))


@exercise(
    "4.8",
    kind=str,
    form="a rule as YAML text",
    right="it fires in time and not before, and stays silent for a hiccup, for one bad pod and for no traffic.",
)
def alert_written(answer):
    expected = {
        ("more than half", "130s"): (True, "It stays silent although more than half have been refused for 35 s."),
        ("more than half", "115s"): (
            False,
            "It fires too early. Is the limit a half, is each window 1m, and does `for` let the answer stay for 30 s?",
        ),
        ("few", "4m"): (False, "It fires where one request in six is refused. The limit is a half."),
        ("one pod of two", "4m"): (False, "It fires where one pod refuses most, but of all a third: sum, then divide."),
        ("no traffic", "4m"): (False, "It fires where there are no requests at all."),
        ("another refusal", "4m"): (True, "It stays silent where two in three are refused with 415, another 4xx."),
        ("another route", "4m"): (False, "It fires for unknown paths. Requests to /predict were asked for."),
        ("busy elsewhere", "4m"): (
            True,
            "It stays silent where two in three requests to /predict are refused, one pod restarts, and another route is "
            "busy: take `rate`, and of /predict alone, above and below.",
        ),
        ("more than are answered", "4m"): (
            False,
            "It fires where 4 in 10 are refused and 3 in 10 fail. Divide by all.",
        ),
        ("overload", "4m"): (False, "It fires for 503, which is no refusal of a request that is wrong, no 4xx."),
    }
    if fault := misfire(answer, "WineManyRefused", expected, fires):
        return fault
    rule = as_rule(answer)
    if (rule.get("labels") or {}).get("severity") != "ticket":
        return "Nobody would hear of it in the way that was asked: which label does Alertmanager look at?"
    if not (rule.get("annotations") or {}).get("summary"):
        return "Whoever gets the ticket should read what happened: annotations, summary."


TOO_HIGH = yaml.safe_load(REFUSED)["expr"].replace("> 0.5", "> 0.95")
MUTANTS = {
    "the limit is 0.95 in place of 0.5": lambda rule: rule | {"expr": TOO_HIGH},
    "`for` is 20 minutes": lambda rule: rule | {"for": "20m"},
    "`for` is left out": lambda rule: {key: value for key, value in rule.items() if key != "for"},
}


@exercise(
    "4.9",
    kind=str,
    form="promtool's tests as YAML text",
    right="your test passes, and it fails for each of three mistakes that we built into the rule. That is what it is for.",
)
def alert_tested(answer, alert):
    if alert is not ... and (fault := alert_written(alert)):
        return f"It is tried on your rule of 4.8, which is not right yet. {fault}"
    rule = as_rule(REFUSED if alert is ... else alert)
    if told := written.failures(answer, as_file(rule)):
        return told
    for what, change in MUTANTS.items():
        if not written.failures(answer, as_file(change(rule))):
            return f"It passes as well where {what}. Ask at one moment before the alert may fire, and at one after."


CELLAR = {  # what the two targets of a job say, ten seconds apart, and what is wrong with an alert that does otherwise
    "gone": ("1x9 stale _x40", "1x9 stale _x40"),
    "down": ("1x9 0x40", "1x9 0x40"),
    "up": ("1x60", "1x60"),
    "half": ("1x60", "1x9 0x40"),
}


@exercise(
    "4.12",
    kind=str,
    form="a PromQL query as text",
    right="it fires for a target that is down and for one that is gone.",
)
def gone(answer):
    faults = {
        "gone": "It stays silent for a job that is gone: without targets there is no up, and nothing to compare.",
        "down": "It stays silent for a job whose targets are all down, where each up is 0.",
        "up": "It fires for a job that is up as well.",
        "half": "It fires while one of two targets is still up.",
    }
    for what, hint in faults.items():
        targets = {f'job="cellar", instance="{number}"': said for number, said in enumerate(CELLAR[what])}
        targets['job="wine-model", instance="a"'] = "1x60"
        series = {f'up{{{labels}, namespace="wine"}}': said for labels, said in targets.items()}
        try:
            fires = bool(written.answer(answer, series))
        except written.Refused as refusal:
            return f"Prometheus could not answer it: {refusal}"
        if fires != (what in ("gone", "down")):
            return f'{hint} Begin with up{{job="cellar"}}.' if "up" not in answer else hint
