"""Game day: one of several faults, injected without saying which, to be found, named and repaired."""

import random
import textwrap
import time

from workbook import faults
from workbook.machine import WIDTH, WorkbookError
from workbook.waiting import eventually


class Incident:
    """Incidents on a Scene, one at a time: `possible` faults by name, by default those that the target can have.

    `suspects`: the names of all of them. The same `seed` draws the same faults, where the same alerts are quiet.
    """

    def __init__(self, scene, seed=None, possible=None):
        self._scene, self._random, self._name, self._known = scene, random.Random(seed), None, False
        self._faults = possible or faults.possible()
        self.suspects = list(self._faults)

    def start(self):
        """Inject a fault whose alert is quiet, and wait until that alert fires. Repairs the fault before, if any."""
        if self._name:
            self._faults[self._name].repair(self._scene)
        quiet = eventually(
            lambda: [name for name in self.suspects if not self._faults[name].fires()],
            300,
            "a quiet moment",
            quiet=True,
        )
        order = self._random.sample(self.suspects, len(self.suspects))  # one draw, whatever is quiet
        self._name, self._known = next(name for name in order if name in quiet), False
        self._since = time.monotonic()
        self._faults[self._name].inject(self._scene)
        eventually(self._faults[self._name].fires, 300, "an alert")
        print("An alert fires. Something is wrong: find it, name it, repair it.")

    def _expect_started(self):
        if not self._name:
            raise WorkbookError("No incident is open. `incident.start()` begins one.")

    def name(self, suspect):
        """Say whether the fault is `suspect`."""
        self._expect_started()
        self._known = suspect is not ... and str(suspect).strip().lower() == self._name
        if self._known:
            print(f"Yes: {self._name}. Repair it.")
        else:
            verdict = "Not named yet." if suspect is ... else f"It is not: {suspect}."
            print(textwrap.fill(f"{verdict} Suspects: {', '.join(self.suspects)}.", WIDTH))

    def resolve(self):
        """Wait until the alert is quiet, and print how long it took. What nobody named is repaired here, and told."""
        self._expect_started()
        fault = self._faults[self._name]
        if self._known:
            eventually(lambda: not fault.fires(), 300, "the end of the alert")
            minutes, seconds = divmod(round(time.monotonic() - self._since), 60)
            what = f"Repaired by you and quiet again after {minutes} min {seconds} s."
        else:
            fault.repair(self._scene)
            what = "Repaired by the workbook, because nobody had named it; its alert will end by itself."
        print(f"It was: {self._name}. {what}")
        self._name = None
