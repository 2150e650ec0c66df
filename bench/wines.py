"""The wines that the benchmarks send: those of the load test."""

import csv

from workbook.machine import ROOT

with (ROOT / "loadtest/wine.csv").open() as table:
    ROWS = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(table)]
FEATURES = list(ROWS[0])
