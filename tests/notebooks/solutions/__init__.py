"""A worked solution of every exercise, other right answers, and plausible wrong ones.

The notebooks show the worked solutions folded away; `make solutions` writes them there from here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Solution:
    """`context(request)` gives the keyword arguments that the notebook hands to `check`.

    It gets pytest's `request`, so that `request.getfixturevalue(...)` can start what an exercise needs to be alive.
    `others` are right as well. `shown` is what a reader would type: Python that leaves the answer in the variable
    `into`, with what `context` names, and what `names(request)` adds, at hand; without it, `right` is shown as it is.
    `why` follows.
    """

    right: Any
    wrong: Sequence
    context: Callable = lambda request: {}
    others: Sequence = ()
    shown: str = ""
    why: str = ""
    names: Callable = lambda request: {}
    into: str = "answer"

    @property
    def code(self):
        """The Python that a reader is shown."""
        return self.shown or f"{self.into} = {self.right!r}"
