"""Samples of a small service, two hours of them, and a dashboard of every panel type over them."""

import math

from tests.promql.backfill import COUNT, START, STEP

PODS = ("wine-a", "wine-b")
BOUNDS = {"0.05": 0.5, "0.1": 0.8, "0.25": 0.95, "1": 0.99, "+Inf": 1.0}


def samples():
    """The series and their types as `tests.promql.backfill.openmetrics` takes them."""
    times = [START + STEP * place for place in range(COUNT)]
    series = {}
    for rank, pod in enumerate(PODS, start=1):
        labels = (("namespace", "wine"), ("pod", pod))
        for code, share in {"200": 14, "500": 1}.items():
            series["requests_total", (("code", code), *labels)] = [
                (at, rank * share * place) for place, at in enumerate(times)
            ]
        memory = [(at, rank * 2**26 + round(2**22 * math.sin(place / 40))) for place, at in enumerate(times)]
        series["memory_bytes", labels] = [one for place, one in enumerate(memory) if rank == 1 or not 200 < place < 260]
        for bound, share in BOUNDS.items():
            counts = [(at, int(15 * rank * place * share)) for place, at in enumerate(times)]
            series["latency_seconds_bucket", (("le", bound), *labels)] = counts
    series["score_ratio", (("cultivar", "barolo"),)] = [
        (at, round(0.8 + 0.15 * math.sin(i / 60), 4)) for i, at in enumerate(times)
    ]
    series["temperature_celsius", ()] = [(at, round(20 + 3 * math.cos(i / 50), 3)) for i, at in enumerate(times)]
    types = {"requests": "counter", "memory_bytes": "gauge", "latency_seconds": "histogram"}
    return series, types | {"score_ratio": "gauge", "temperature_celsius": "gauge"}


def thresholds(*steps, mode="absolute"):
    return {"mode": mode, "steps": [{"color": name, "value": at} for name, at in steps]}


def panel(number, kind, title, place, *exprs, field=None, options=None, **more):
    """The model of a panel; an expression may be a pair of PromQL and the target's other fields."""
    pairs = [one if isinstance(one, tuple) else (one, {}) for one in exprs]
    targets = [{"refId": chr(65 + rank), "expr": expr, **extra} for rank, (expr, extra) in enumerate(pairs)]
    grid = dict(zip("xywh", place, strict=True))
    field = {"defaults": field or {}, "overrides": more.pop("overrides", [])}
    return {
        "id": number,
        "type": kind,
        "title": title,
        "gridPos": grid,
        "targets": targets,
        "fieldConfig": field,
        "options": options or {},
        **more,
    }


LEVELS = thresholds(("green", None), ("orange", 0.9), ("red", 0.95))
RATE = "sum(rate(requests_total{%s}[$__rate_interval]))"
SUCCESS = RATE % 'code!~"5..", pod=~"$pod"' + " / " + RATE % 'pod=~"$pod"'
REQUESTS = 'sum by (pod) (rate(requests_total{namespace="$namespace", pod=~"$pod"}[$__rate_interval]))'
QUANTILE = "histogram_quantile(%s, sum by (le) (rate(latency_seconds_bucket[$__rate_interval])))"
BUCKETS = "sum by (le) (increase(latency_seconds_bucket[$__rate_interval]))"
DASHBOARD = {
    "title": "A service",
    "uid": "service",
    "time": {"from": "2026-01-01T00:30:00Z", "to": "2026-01-01T01:30:00Z"},
    "templating": {
        "list": [
            {"name": "namespace", "type": "constant", "query": "wine"},
            {
                "name": "pod",
                "type": "query",
                "query": "label_values(requests_total, pod)",
                "multi": True,
                "includeAll": True,
                "current": {},
            },
        ]
    },
    "panels": [
        panel(1, "row", "Traffic in $namespace", (0, 0, 24, 1)),
        panel(
            2,
            "stat",
            "Success rate",
            (0, 1, 4, 6),
            SUCCESS,
            field={"unit": "percentunit", "thresholds": thresholds(("red", None), ("orange", 0.9), ("green", 0.93))},
        ),
        panel(
            3,
            "gauge",
            "Model score",
            (4, 1, 4, 6),
            "score_ratio",
            field={"unit": "percentunit", "min": 0, "max": 1, "thresholds": LEVELS},
            options={"reduceOptions": {"calcs": ["mean"]}},
        ),
        panel(
            4,
            "timeseries",
            "Requests by pod",
            (8, 1, 16, 6),
            (REQUESTS, {"legendFormat": "{{pod}}"}),
            field={"unit": "reqps", "custom": {"fillOpacity": 20, "stacking": {"mode": "normal"}}},
            options={"legend": {"calcs": ["mean", "max"], "placement": "right"}},
        ),
        panel(
            5,
            "timeseries",
            "Latency",
            (0, 7, 12, 8),
            *[(QUANTILE % q, {"legendFormat": f"p{q[2:]}"}) for q in ("0.50", "0.95", "0.99")],
            field={
                "unit": "s",
                "min": 0,
                "thresholds": thresholds(("green", None), ("red", 0.3)),
                "custom": {"thresholdsStyle": {"mode": "dashed+area"}},
            },
        ),
        panel(
            6,
            "heatmap",
            "Latency, all of it",
            (12, 7, 12, 8),
            (BUCKETS, {"format": "heatmap", "legendFormat": "{{le}}"}),
            options={"yAxis": {"unit": "s"}, "cellValues": {"unit": "short"}},
            maxDataPoints=60,
        ),
        panel(
            7,
            "timeseries",
            "Memory",
            (0, 15, 12, 8),
            ("memory_bytes", {"legendFormat": "__auto"}),
            "temperature_celsius",
            field={"unit": "bytes"},
            overrides=[
                {
                    "matcher": {"id": "byFrameRefID", "options": "B"},
                    "properties": [
                        {"id": "unit", "value": "celsius"},
                        {"id": "displayName", "value": "room"},
                        {"id": "custom.lineStyle", "value": {"fill": "dash"}},
                    ],
                }
            ],
        ),
        panel(
            8,
            "bargauge",
            "Requests, per pod",
            (12, 15, 6, 8),
            ("sum by (pod) (increase(requests_total[$__range]))", {"instant": True, "legendFormat": "{{pod}}"}),
            field={
                "unit": "short",
                "min": 0,
                "max": 25000,
                "thresholds": thresholds(("blue", None), ("orange", 50), mode="percentage"),
            },
        ),
        panel(
            9,
            "table",
            "Pods",
            (18, 15, 6, 8),
            ("memory_bytes", {"instant": True, "format": "table"}),
            ("sum by (pod) (rate(requests_total[5m]))", {"instant": True, "format": "table"}),
            transformations=[
                {"id": "merge"},
                {
                    "id": "organize",
                    "options": {
                        "excludeByName": {"Time": True, "__name__": True, "namespace": True},
                        "renameByName": {"Value #A": "memory", "Value #B": "requests"},
                    },
                },
            ],
            overrides=[
                {"matcher": {"id": "byName", "options": "memory"}, "properties": [{"id": "unit", "value": "bytes"}]},
                {"matcher": {"id": "byName", "options": "requests"}, "properties": [{"id": "unit", "value": "reqps"}]},
            ],
        ),
        panel(
            10,
            "text",
            "Read me",
            (0, 23, 8, 5),
            options={"content": "# Service\nThe **SLO** of `$namespace` is in the [runbook](https://example.org)."},
        ),
        panel(
            11,
            "stat",
            "Codes",
            (8, 23, 10, 5),
            ("sum by (code) (rate(requests_total[$__rate_interval]))", {"legendFormat": "code {{code}}"}),
            field={"unit": "reqps"},
            options={"colorMode": "background"},
        ),
        panel(
            12,
            "stat",
            "Up",
            (18, 23, 6, 5),
            "vector(1)",
            field={"mappings": [{"type": "value", "options": {"1": {"text": "up", "color": "blue"}}}]},
        ),
        panel(
            13,
            "barchart",
            "Requests by code",
            (0, 28, 12, 8),
            ("sum by (code) (requests_total)", {"format": "table", "instant": True}),
            field={"custom": {"fillOpacity": 60, "lineWidth": 1, "hideFrom": {"viz": False}}},
            options={"xField": "code", "colorByField": "code", "stacking": "normal", "xTickLabelRotation": 45},
        ),
        panel(
            14,
            "histogram",
            "Scores",
            (12, 28, 12, 8),
            "score_ratio",
            field={"unit": "percentunit", "custom": {"stacking": {"mode": "none"}}},
            options={"bucketCount": 20, "bucketOffset": 0.01, "combine": False},
        ),
    ],
}
