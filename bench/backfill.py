"""Samples of the past for a Prometheus: OpenMetrics text, and the blocks that promtool makes of it."""

import subprocess

from workbook import programs


def openmetrics(series, types):
    """OpenMetrics text of `{(name, ((label, value), ...)): [(seconds, number), ...]}`; `types` is `{family: type}`."""
    lines = []
    for family, kind in types.items():
        lines.append(f"# TYPE {family} {kind}")
        names = {family + suffix for suffix in ("", "_total", "_bucket", "_count", "_sum")}
        for (name, labels), samples in series.items():
            if name in names:
                prefix = name + "{{{}}}".format(",".join(f'{key}="{quoted(value)}"' for key, value in labels))
                lines += [f"{prefix} {number} {seconds}" for seconds, number in samples]
    return "\n".join([*lines, "# EOF\n"])


def quoted(text):
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def write_blocks(text, folder, *flags):
    """Make blocks in `folder`/data of a file of OpenMetrics text."""
    command = [programs.find("promtool"), "tsdb", "create-blocks-from", "openmetrics", "--quiet", *flags]
    subprocess.run([*command, text, folder / "data"], check=True, capture_output=True)
