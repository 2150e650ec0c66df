"""A right answer, others that are right as well, and plausible wrong ones for every exercise of every notebook."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Solution:
    """`context(request)` gives the keyword arguments that the notebook hands to `check`.

    It gets pytest's `request`, so that `request.getfixturevalue(...)` can start what an exercise needs to be alive.
    """

    right: Any
    wrong: list
    context: Callable = lambda request: {}
    others: list = field(default_factory=list)  # right as well
