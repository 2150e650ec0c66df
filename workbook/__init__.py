"""What the notebooks import: targets, strict shell cells, PromQL and panels.

`%load_ext workbook` opens every notebook.
"""


def load_ipython_extension(ipython):
    """Register the magics, set the figures' style, and make every shell command fail its cell when it fails."""
    from IPython.utils.text import LSString, SList

    from workbook import promql, shell, style

    def system(command):
        shell.run(ipython.var_expand(command, depth=1))

    def getoutput(command, split=True, depth=0):
        text = shell.run(ipython.var_expand(command, depth=depth + 1), show=False)
        return SList(text.splitlines()) if split else LSString(text)

    def bash(line, cell):
        shell.run(cell)

    ipython.system = system  # `!command`: IPython's own passes over a failure
    ipython.getoutput = getoutput  # `lines = !command` and `%sx command`, whose lines are those of standard output
    ipython.register_magic_function(bash, "cell", "bash")  # IPython's own reports its last line alone
    style.apply()
    shell.load_ipython_extension(ipython)
    promql.load_ipython_extension(ipython)
