import sys

from workbook.lab import command


def test_a_machine_without_a_display_gets_the_address_printed():
    assert "--no-browser" in command([], {}, platform="linux", user=1000)


def test_a_machine_with_a_display_opens_the_browser():
    for environment, platform in [
        ({"DISPLAY": ":0"}, "linux"),
        ({"WSL_DISTRO_NAME": "Ubuntu"}, "linux"),
        ({}, "darwin"),
    ]:
        assert "--no-browser" not in command([], environment, platform=platform, user=1000)


def test_arguments_pass_through():
    line = command(["--port", "9999"], {}, platform="linux", user=1000)
    assert (
        line[0] == sys.executable
        and line[-2:] == ["--port", "9999"]
        and any("notebooks/01_train.ipynb" in word for word in line)
    )
