"""`make test`: what needs the cluster in one process, which is waiting for the most part, and everything else in two.

Arguments go to all; ends with the worse of the two statuses. The cluster's report is printed when the other is done.
"""

import subprocess
import sys
import tempfile

REPORTS = "build/reports"  # of both, in JUnit's format
NOTHING_SELECTED = 5  # pytest's status for it
ON_THE_CLUSTER = ("-m", "cluster and not soak")
BESIDE_IT = ("-m", "not cluster and not soak", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")


def start(name, selection, arguments, output=None):
    command = [sys.executable, "-m", "pytest", *selection, f"--junit-xml={REPORTS}/{name}.xml", *arguments]
    return subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)


def main(arguments):
    with tempfile.TemporaryFile("w+") as report:
        parts = [start("cluster", ON_THE_CLUSTER, arguments, report), start("beside", BESIDE_IT, arguments)]
        try:
            statuses = [part.wait() for part in parts]
        except KeyboardInterrupt:  # which reached both: they take down what they made, and report
            statuses = [part.wait() for part in parts]
        report.seek(0)
        print(f"\n{'=' * 20} on the cluster {'=' * 20}", report.read(), sep="\n")
    if all(status == NOTHING_SELECTED for status in statuses):
        return NOTHING_SELECTED
    return max((status for status in statuses if status != NOTHING_SELECTED), key=abs)  # a signal's is negative


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
