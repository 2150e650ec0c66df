"""The exercises of 04_monitor on whether a model is still right, and those that join its ideas."""

from workbook import written
from workbook.exercises import exercise
from workbook.exercises.alerts import as_rule, misfire
from workbook.exercises.monitor import near
from workbook.exercises.typed import NUMBER

SERIES = 'wine_labels_total{{job="wine-model", namespace="wine", pod="{}", outcome="{}", model_version="{}"}}'
LABELS = {
    SERIES.format(pod, outcome, model): samples
    for pod, model, outcome, samples in (
        ("a", "old", "right", "0+19x29 560+9x40"),
        ("a", "old", "wrong", "0+1x29 35+6x40"),
        ("a", "old", "unknown", "0+5x60"),
        ("b", "old", "right", "0+1x29 0+1x40"),
        ("b", "old", "wrong", "0+4x29 0+4x40"),
        ("b", "new", "right", "0+9x29 0+9x40"),
        ("b", "new", "wrong", "0+1x29 0+1x40"),
        ("b", "new", "unknown", "0x60"),
    )
}
ACCURACY = """sum by (model_version) (rate(wine_labels_total{outcome="right"}[1m]))
    / sum by (model_version) (rate(wine_labels_total{outcome=~"right|wrong"}[1m]))"""


@exercise(
    "4.10",
    kind=NUMBER,
    form="a share, from 0 to 1",
    right="with forty labels, chance alone may hide that 23 answers in 100 are wrong.",
)
def interval(answer):
    slips = {
        76.9: "The number is right, as a percentage. Give a share, from 0 to 1.",
        0.9: "That is what was seen. How much worse may it be in truth?",
        0.807: "That is the simple interval, p - 1.96 sqrt(p (1 - p) / n), which is too narrow for few labels.",
        0.96: "That is the upper end.",
    }
    return near(answer, 0.769, slips, "Put p = 0.9, n = 40 and z = 1.96 into Wilson's formula, with the minus sign.")


@exercise(
    "4.11",
    kind=str,
    form="a PromQL query as text",
    right="each version by itself, over all pods, and only of labels that are not unknown.",
)
def by_version(answer):
    otherwise = (
        "The labels are right and the numbers are not. Sum over the pods before you divide, over 1 m, and leave out the "
        "wines that nobody could tell."
    )
    return written.fault(answer, ACCURACY, LABELS, otherwise)


SITUATIONS = {  # pod and version, and what its labels say every 5 s: right, wrong and unknown
    "half wrong": {("a", "1"): ("0+10x12 130+5x60", "0x12 0+5x60", "0x80")},
    "88 in 100": {("a", "1"): ("0+22x40 0+22x40", "0+3x40 0+3x40", "0x80")},
    "92 in 100": {("a", "1"): ("0+23x80", "0+2x80", "0x80")},
    "unknown": {("a", "1"): ("0+10x80", "0x80", "0+10x80")},
    "48 labels": {("a", "1"): ("0+2x80", "0+2x80", "0+9x80"), ("a", "2"): ("0+20x80", "0x80", "0x80")},
    "60 labels": {("a", "1"): ("0+3x80", "0+2x80", "0x80")},
    "two pods": {("a", "1"): ("0+95x80", "0+1x80", "0x80"), ("b", "1"): ("0+3x80", "0+3x80", "0x80")},
    "two versions": {("a", "1"): ("0+19x80", "0+1x80", "0x80"), ("b", "2"): ("0+3x80", "0+3x80", "0x80")},
    "long ago": {
        ("a", "1"): ("0+5x24 120+10x60", "0+5x24 120x60", "0x80"),
        ("b", "1"): ("0+5x24 120+10x15 0+10x40", "0+5x24 120x15 0x40", "0x80"),
    },
    "none": {("a", "1"): ("7x80", "7x80", "0x80")},
}


def fires(rules, situation, at):
    """The versions for which an alert of a rule file fires in one of SITUATIONS."""
    series = {
        SERIES.format(pod, outcome, version): said
        for (pod, version), counts in SITUATIONS[situation].items()
        for outcome, said in zip(("right", "wrong", "unknown"), counts, strict=True)
    }
    firing = written.answer('ALERTS{alertstate="firing"}', series, at, rules)
    return [labels.get("model_version") for labels, _ in firing]


@exercise(
    "4.14",
    kind=str,
    form="a rule as YAML text",
    right="a ratio of sums of rates, a guard for few labels, a wait, a label for its route and words for a human.",
)
def accuracy_lost(answer):
    expected = {
        ("half wrong", "4m"): (
            ["1"],
            "Of a version half of whose answers have been wrong for three minutes, it should fire "
            "once, with its model_version.",
        ),
        ("half wrong", "105s"): (
            [],
            "It fires when less than 90% of a minute's labels have been right for 25 s. Is there a `for` of 30 s, and is "
            "each window 1m?",
        ),
        ("half wrong", "120s"): (["1"], "It stays silent when less than 90% have been right for 40 s. Is `for` 30 s?"),
        ("88 in 100", "4m"): (["1"], "It stays silent where 88 of 100 answers are right. The limit is 90%."),
        ("92 in 100", "4m"): ([], "It fires where 92 of 100 answers are right. The limit is 90%."),
        ("unknown", "4m"): ([], "It takes a wine that nobody could tell for a wrong answer."),
        ("48 labels", "4m"): (
            [],
            "It fires for a version with 48 labels in a minute that are not `unknown`. Fewer than 50 are left alone: add "
            "`and ... >= 50`, by version.",
        ),
        ("60 labels", "4m"): (["1"], "It stays silent with 60 labels in a minute. 50 are enough."),
        ("two pods", "4m"): ([], "Over both pods 96% are right, and it fires because of one of them. Sum first."),
        ("two versions", "4m"): (
            ["2"],
            "Of two versions one has lost its accuracy, and it should fire for that one alone.",
        ),
        ("long ago", "4m"): ([], "It fires although all labels of the last minute are right: take `rate`, then sum."),
        ("none", "4m"): ([], "It fires although no label came: 0/0 is no accuracy."),
    }
    if fault := misfire(answer, "WineAccuracyLost", expected, fires):
        return fault
    rule = as_rule(answer)
    if "for" not in rule:
        return "One bad minute would be a message. Which field makes it wait for 30 s?"
    if (rule.get("labels") or {}).get("severity") != "ticket":
        return "Which label makes it a ticket?"
    if not all((rule.get("annotations") or {}).get(key) for key in ("summary", "runbook_url")):
        return "Its annotations should say what happened (summary) and what to do (runbook_url)."


JOURNEY = {
    "score": (
        "stays",
        {
            "falls": "The pipeline of notebook 1 scales every feature before it learns. What does a factor of 1000 change?"
        },
        "Give a word: falls or stays.",
    ),
    "status": (
        200,
        {400: "What does notebook 2 refuse? A value in mg/L is a number within the limits, in its right place."},
        "Give the HTTP status of a valid request as a number.",
    ),
    "ready": (
        True,
        {False: "Readiness asks whether a request would be answered. Would it?"},
        "Give True or False.",
    ),
    "alert": (
        "WineFeatureDrift",
        {
            "WineJointDrift": "It keeps quiet while a single feature explains the trouble. Which alert names the feature?",
            "WinePredictionDrift": "That one looks at the answers. Which alert looks at the inputs?",
            "WineErrorBudgetBurn": "No request fails, and none is slow.",
            "WineServiceDown": "The probe hears an answer from a service that is up. Which alert looks at values?",
        },
        "Another alert of k8s/monitoring/rules looks at the features that come in, one by one.",
    ),
}


@exercise(
    "4.15",
    kind=dict,
    form='a dict with the keys "score", "status", "ready" and "alert"',
    right="tests, status codes, probes and objectives were all content. Somebody had to look at the values.",
)
def journey(answer):
    for key, (right, slips, otherwise) in JOURNEY.items():
        if key not in answer:
            return f"The key {key!r} is missing."
        given = answer[key].strip().strip("`") if isinstance(answer[key], str) else answer[key]
        given = given.lower() if key == "score" and isinstance(given, str) else given
        given = int(given) if key == "status" and isinstance(given, str) and given.isdecimal() else given
        given = (
            {"true": True, "false": False}.get(given.lower(), given)
            if key == "ready" and isinstance(given, str)
            else given
        )
        if type(given) is not type(right) or given != right:
            known = isinstance(given, type(right)) and given in slips
            return f"{key}: {slips[given] if known else otherwise}"
