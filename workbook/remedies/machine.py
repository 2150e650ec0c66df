"""What this machine's shell says when a program cannot be run, or a file cannot be had."""

FIRST = {
    r"\\r['’]": """
        The files of this copy have the line ends of Windows. Clone it again inside WSL2, where git leaves them alone.""",
    r"cannot execute binary file|Bad CPU type": """
        That program is made for another processor. `make doctor` names it and says where to get it.""",
    r"(?m)^bash: .*: (Permission denied|Operation not permitted)$": """
        That program may not be run. `chmod +x` its path; on a Mac that fetched it with a browser, `xattr -d
        com.apple.quarantine` its path.""",
    r"invalid active developer path": """
        macOS was updated and lost its command-line tools: `xcode-select --install`, then run this again.""",
    r"would be overwritten by (merge|checkout)": """
        The notebooks themselves were changed, and what comes differs there. `git stash` puts your changes aside, `git pull`
        brings the new, `git stash pop` shows both. `make lab` opens copies in my/, which a pull never touches.""",
    r": unbound variable": """
        A variable that the cell uses has no value. Run the cells above first, or see whether its name is typed right.""",
    r"dubious ownership": """
        git distrusts a folder of another user. Clone into a folder of your home (in WSL not below /mnt), or run the
        command that the message ends with.""",
}
LAST = {
    r"[Cc]ommand ('\S+' )?not found": """
        A program is missing. `make doctor` says how to install it.""",
    r"(?im)^(?!.*(daemon|/var/lib/|/proc/|dial unix)).*(no such file or directory|path \S+ not found)": """
        There is no such file. Do settings such as MONITORING_CHART and MONITORING_VALUES name files that you have? A path
        counts from the workbook's own folder.""",
    r"(?i)read-only file system": """
        That folder cannot be written. Let HOME name one that can, or copy the workbook to a folder of yours.""",
}
