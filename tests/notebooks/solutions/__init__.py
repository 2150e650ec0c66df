"""A right answer and at least two plausible wrong ones for every exercise of every notebook."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Solution:
    """`context(request)` gives the keyword arguments that the notebook hands to `check`.

    It gets pytest's `request`, so that `request.getfixturevalue(...)` can start what an exercise needs to be alive.
    """

    right: Any
    wrong: list
    context: Callable = lambda request: {}
