"""Solutions of the exercises of 04_monitor on whether a model is still right, and those that join its ideas."""

from tests.notebooks.solutions import Solution

ACCURACY = """
alert: WineAccuracyLost
expr: >-
  sum by (model_version) (rate(wine_labels_total{outcome="right"}[1m]))
  / sum by (model_version) (rate(wine_labels_total{outcome=~"right|wrong"}[1m])) < 0.9
  and sum by (model_version) (increase(wine_labels_total{outcome=~"right|wrong"}[1m])) >= 50
for: 30s
labels: {severity: ticket}
annotations:
  summary: Less than nine in ten answers of {{ $labels.model_version }} are right
  runbook_url: https://example.org/runbook#WineAccuracyLost
"""
JOURNEY = {"score": "stays", "status": 200, "ready": True, "alert": "WineFeatureDrift"}

SOLUTIONS = {
    "4.10": Solution(
        shown="""p, n, z = 0.9, 40, 1.96
spread = z * (p * (1 - p) / n + z**2 / (4 * n**2)) ** 0.5
answer = (p + z**2 / (2 * n) - spread) / (1 + z**2 / n)""",
        why=(
            "Forty labels are few: the share seen is 0.9, and a model that is right 77 times in a hundred could "
            "still have been so lucky."
        ),
        right=0.769,
        others=[0.7695, "0.77", "77%"],
        wrong=[0.9, 0.807, 0.96, 76.9, 0.5],
    ),
    "4.11": Solution(
        shown='''answer = """
  sum by (model_version) (rate(wine_labels_total{outcome="right"}[1m]))
/ sum by (model_version) (rate(wine_labels_total{outcome=~"right|wrong"}[1m]))
"""''',
        why=(
            "First `rate`, then the sum over all pods; then the division pairs the two sums by the one "
            "label that is left."
        ),
        right="""sum by (model_version) (rate(wine_labels_total{outcome="right"}[1m]))
/ sum by (model_version) (rate(wine_labels_total{outcome=~"right|wrong"}[1m]))""",
        others=[
            """sum by (model_version) (increase(wine_labels_total{outcome="right"}[1m]))
/ sum by (model_version) (increase(wine_labels_total{outcome!="unknown"}[1m]))""",
            """sum by (model_version) (rate(wine_labels_total{outcome="right"}[1m])) / ignoring (outcome)
  sum without (pod, job, namespace, outcome) (rate(wine_labels_total{outcome!="unknown"}[1m]))""",
            """1 - sum(rate(wine_labels_total{outcome="wrong"}[60s])) by (model_version)
/ sum(rate(wine_labels_total{outcome=~"right|wrong"}[60s])) by (model_version)""",
        ],
        wrong=[
            """sum by (model_version) (rate(wine_labels_total{outcome="right"}[1m]))
/ sum by (model_version) (rate(wine_labels_total[1m]))""",
            """sum(rate(wine_labels_total{outcome="right"}[1m])) / sum(rate(wine_labels_total{outcome!="unknown"}[1m]))""",
            """sum by (model_version) (wine_labels_total{outcome="right"})
/ sum by (model_version) (wine_labels_total{outcome!="unknown"})""",
            """avg by (model_version) (sum by (pod, model_version) (rate(wine_labels_total{outcome="right"}[1m]))
/ sum by (pod, model_version) (rate(wine_labels_total{outcome!="unknown"}[1m])))""",
            """rate(wine_labels_total{outcome="right"}[1m]) / rate(wine_labels_total[1m])""",
            """rate(sum by (model_version) (wine_labels_total{outcome="right"})[1m:5s])
/ rate(sum by (model_version) (wine_labels_total{outcome!="unknown"})[1m:5s])""",
            """sum by (model_version) (rate(wine_labels_total{outcome="right"}[30s]))
/ sum by (model_version) (rate(wine_labels_total{outcome!="unknown"}[30s]))""",
            """sum by (model_version) (irate(wine_labels_total{outcome="right"}[1m]))
/ sum by (model_version) (irate(wine_labels_total{outcome!="unknown"}[1m]))""",
        ],
    ),
    "4.14": Solution(
        shown=f'answer = """{ACCURACY}"""',
        why=(
            "A ratio of sums of rates (4.3), by the label that matters (4.11), with a guard for few labels "
            "(4.10), a wait, a label for its route, and words for whoever reads it (4.8)."
        ),
        right=ACCURACY,
        others=[
            ACCURACY.replace("sum by (model_version)", "sum without (pod, job, namespace, outcome)"),
            ACCURACY.replace('outcome=~"right|wrong"', 'outcome!="unknown"').replace("rate(", "increase("),
        ],
        wrong=[
            ACCURACY.replace('outcome=~"right|wrong"', 'outcome=~".+"'),
            ACCURACY.replace("(model_version)", "(model_version, pod)"),
            ACCURACY.replace("< 0.9", "> 0.9"),
            ACCURACY.replace("< 0.9", "< 0.8"),
            ACCURACY.replace("< 0.9", "< 0.94"),
            ACCURACY.replace(">= 50", ">= 30"),
            ACCURACY.replace(">= 50", ">= 100"),
            ACCURACY.replace("sum by (model_version)", "sum"),
            ACCURACY.replace("WineAccuracyLost", "AccuracyLost", 1),
            ACCURACY.replace(">= 50", ">= 0"),
            ACCURACY.replace("for: 30s\n", ""),
            ACCURACY.replace("for: 30s", "for: 5s"),
            ACCURACY.replace("for: 30s", "for: 1m"),
            ACCURACY.replace('increase(wine_labels_total{outcome=~"right|wrong"}', "increase(wine_labels_total"),
            ACCURACY.replace("and sum by (model_version)", "and on () sum"),
            ACCURACY.replace("sum by (model_version) (rate(", "sum by (model_version) ((")
            .replace("}[1m]))\n", "}))\n")
            .replace("}[1m])) <", "})) <"),
            ACCURACY.replace("https://example.org/runbook#WineAccuracyLost", "''"),
            ACCURACY.replace("severity: ticket", "severity: page"),
            ACCURACY[: ACCURACY.index("  runbook_url")],
        ],
    ),
    "4.15": Solution(
        shown='answer = {"score": "stays", "status": 200, "ready": True, "alert": "WineFeatureDrift"}',
        why=(
            "The pipeline scales every feature, so training does not notice a factor of 1000, and the score "
            "stays. A value in mg/L is a valid number, quickly answered, with 200, by pods that are ready. But "
            "every proline now lies far above the training data. So the inputs drift, and the answers with them "
            "(every wine is a barolo); no error rate and no latency tells, and labels come late."
        ),
        right=JOURNEY,
        others=[
            JOURNEY | {"score": "Stays"},
            JOURNEY | {"alert": "`WineFeatureDrift` "},
            JOURNEY | {"status": "200", "ready": "true"},
        ],
        wrong=[
            JOURNEY | {"score": "falls"},
            JOURNEY | {"status": 400},
            JOURNEY | {"ready": False},
            JOURNEY | {"alert": "WineErrorBudgetBurn"},
            JOURNEY | {"alert": "WineJointDrift"},
            JOURNEY | {"ready": "False"},
            {"score": "stays"},
        ],
    ),
}
