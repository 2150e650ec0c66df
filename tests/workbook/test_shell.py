"""Shell cells: strict, streaming, interruptible, and clear when they fail."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest

from tests import ROOT
from workbook import shell
from workbook.shell import CommandFailed, on, run
from workbook.targets.kind import Kind
from workbook.waiting import eventually


@pytest.fixture(autouse=True)
def kind_is_chosen(use):
    use(Kind())


def test_what_it_writes_is_returned_and_printed(capsys):
    assert run("echo one\necho two") == "one\ntwo\n"
    assert capsys.readouterr().out == "one\ntwo\n"


def test_it_runs_in_the_repository_with_its_own_kubeconfig(monkeypatch):
    monkeypatch.setenv("KUBECONFIG", "/somewhere/production")
    assert run("pwd; echo $KUBECONFIG $IMAGE").split() == [str(ROOT), str(Kind().kubeconfig), "wine-model:1.0.0"]


@pytest.mark.parametrize(
    "script, line",
    [
        ("false\necho after", "false"),
        ("echo before\nfalse | cat\necho after", "false | cat"),
        ("x=$(false)\necho after", "x=$(false)"),
        ("echo $UNSET_NAME\necho after", None),
        ("cat /nowhere \\\n  /nowhere/else\necho after", "cat /nowhere /nowhere/else"),
        ("for i in 1 2; do\n  ls /nowhere > /dev/null\ndone\necho after", "ls /nowhere > /dev/null"),
        ("printf oops >&2; false\necho after", "printf oops >&2; false"),
        ("echo '@line of text' >&2; false\necho after", "echo '@line of text' >&2; false"),
        ("false \\\n", "false"),
        ("eval '\n\n\nfalse'", "this cell"),
    ],
)
def test_any_failing_line_stops_it_and_is_named(script, line, capsys):
    with pytest.raises(CommandFailed) as failed:
        run(script)
    assert "after" not in capsys.readouterr().out
    assert line is None or str(failed.value).splitlines()[0].endswith(f": {line}")


def test_a_line_of_another_file_is_not_taken_for_one_of_the_cell(tmp_path):
    (tmp_path / "sourced.sh").write_text("\nfalse\n")
    with pytest.raises(CommandFailed, match="^Failed with status 1: this cell$"):
        run(f"source {tmp_path}/sourced.sh\necho after")


def test_a_failure_shows_the_end_of_standard_error():
    with pytest.raises(CommandFailed) as failed:
        run("seq 100 >&2; exit 3")
    text = str(failed.value).splitlines()
    assert text[0].startswith("Failed with status 3") and text[-1] == "100" and len(text) <= 13


def test_a_failure_in_a_notebook_is_a_paragraph_and_no_traceback():
    said = "Cannot connect to the Docker daemon"
    shown = ipython(f"%load_ext workbook.shell\nget_ipython().run_cell_magic('on', 'all', 'cat \"{said}\"')")
    assert f'Failed with status 1: cat "{said}"' in shown
    assert "What to try: Start Docker" in shown and "Traceback" not in shown


def test_no_word_of_a_failure_is_broken_in_two():
    shown = CommandFailed("word " * 60 + "\n" + "x" * 150 + "\n`docker context use default` " * 10)._render_traceback_()
    assert set(" ".join(shown).split()) == {"word", "x" * 150, "`docker", "context", "use", "default`"}
    assert all(len(line) <= 100 for text in shown for line in text.splitlines() if "x" not in line or "context" in line)


def ipython(code):
    """What IPython shows of a cell."""
    environment = os.environ | {"WORKBOOK_TARGET": "kind", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "IPython", "--colors=NoColor", "-c", code]
    return subprocess.run(command, env=environment, capture_output=True, text=True).stdout


def test_every_way_to_a_shell_command_fails_its_cell():
    cells = ["!cat /{place}", "lines = !cat /{place}", "%sx cat /{place}"]
    run_all = f"for cell in {cells}: get_ipython().run_cell(cell + '\\nprint(6 * 7)', silent=True)"
    shown = ipython(f"%load_ext workbook\nplace = 'nowhere'\n{run_all}")
    assert shown.count("Failed with status 1: cat /nowhere") == 3 and "42" not in shown


def test_a_commands_output_is_a_list_of_lines_and_not_printed():
    shown = ipython("%load_ext workbook\nlines = !echo one; echo two >&2; echo three\nprint(lines, lines.s)")
    assert shown.strip() == "['one', 'three'] one three"


def test_a_command_for_the_background_is_refused_before_it_runs():
    cells = ["!sleep 300 &", "lines = !sleep 300 &", "%%bash\nsleep 300 &", "%%on all\nsleep 300 &\n"]
    run_all = f"for cell in {cells}: get_ipython().run_cell(cell, silent=True)"
    shown = " ".join(ipython(f"%load_ext workbook\n{run_all}").split())
    assert shown.count("Run it without & in a terminal") == 4
    assert "left a program" not in shown and "Traceback" not in shown


@pytest.mark.parametrize("script", ["sleep 300 & echo $$", "(while :; do echo; sleep .1; done) & echo $$"])
def test_what_a_cell_leaves_in_the_background_ends_with_it(script, capsys):
    with pytest.raises(CommandFailed, match="left a program in the background"):
        run(script)
    group = int(capsys.readouterr().out.split()[0])
    eventually(lambda: not alive(group), 20, "the end of the program")


def test_the_failure_of_a_cell_is_said_though_something_is_left_in_the_background():
    with pytest.raises(CommandFailed, match="^Failed with status 1: false"):
        run("sleep 300 &\nfalse")


def test_output_streams_while_it_runs():
    with start("echo early; sleep 60") as process:
        started = time.monotonic()
        assert process.stdout.readline() == "early\n" and time.monotonic() - started < 30
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


def start(script):
    """Another Python that runs the script, as a notebook's kernel does; its watchdog.GRACE is a second."""
    code = f"from workbook import shell, watchdog; watchdog.GRACE = 1; shell.run({script!r})"
    environment = os.environ | {"WORKBOOK_TARGET": "kind"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    return subprocess.Popen([sys.executable, "-c", code], env=environment, **pipes)


def test_a_silent_command_shows_the_time_and_what_it_says(capsys):
    run("echo working >&2; sleep 3.2; echo done")
    out = capsys.readouterr().out
    assert re.search(r"\r\d+ s  working", out)
    assert out.split("\r")[-1].startswith("done") or "\rdone\n" in out


@pytest.mark.parametrize("script", ["sleep 300 | sleep 300", "sleep 300 & wait", "trap '' INT; sleep 300"])
def test_an_interrupt_ends_the_programs_too(script):
    with start(f"echo $$; {script}") as process:
        group = int(process.stdout.readline())
        time.sleep(0.5)  # until the script is there
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) != 0
    eventually(lambda: not alive(group), 10, "the end of the cell's programs")


def alive(group):
    """Whether a process group has members."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("line", ["kind", "all", "kind gke", "local kind"])
def test_a_cell_runs_on_the_targets_it_names(line, capsys):
    on(line, "echo ran")
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "ran" and out[1].startswith("[kind, ") and out[1].endswith(" s]")


@pytest.mark.parametrize("line", ["gke", "local gke", "local"])
def test_a_cell_for_another_target_says_so_in_a_line(line, capsys):
    on(line, "echo ran; false")
    out = capsys.readouterr().out
    assert "ran" not in out and out.count("\n") == 1 and "the target is kind" in out


def test_a_broken_byte_does_not_break_it(capsys):
    assert run(r"printf 'caf\xe9\n'") == "caf\ufffd\n"


def test_the_magic_is_registered():
    class Shell:
        def register_magic_function(self, function, kind, name):
            self.got = function, kind, name

    registered = Shell()
    shell.load_ipython_extension(registered)
    assert registered.got == (on, "cell", "on")
