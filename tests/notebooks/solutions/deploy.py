"""Solutions of the exercises of 03_deploy_gke."""

from tests.notebooks.solutions import Solution
from workbook.machine import VERSION

SOLUTIONS = {
    "3.1": Solution(right=f"{VERSION}0", wrong=[VERSION, "latest", "wine-model"]),
    "3.2": Solution(right="/ready", wrong=["/readyz", "/healthz", "/metrics"]),
    "3.3": Solution(right="memory", wrong=["cpu", "Pending"]),
    "3.4": Solution(right="OOMKilled", wrong=["CrashLoopBackOff", "Error"]),
    "3.5": Solution(right=6, wrong=[3, 5, 5.2, 7]),
}
