"""Use the kernel joule in jupyter console, at a terminal, as a person does: type, read, answer a question, interrupt, leave."""
import os
import re
import sys

import pexpect

PATIENCE = 300

console = os.path.join(os.path.dirname(sys.executable), "jupyter-console")
shell = "--ZMQTerminalInteractiveShell."


def start():
    """Open a console. On a dumb terminal nothing is drawn twice: what comes is what there is to read."""
    term = pexpect.spawn(
        console,
        ["--kernel=joule", "--no-confirm-exit", f"{shell}kernel_timeout={PATIENCE}", f"{shell}kernel_is_complete_timeout={PATIENCE}"],
        encoding="utf-8",
        timeout=PATIENCE,
        dimensions=(50, 200),
        env={**os.environ, "TERM": "dumb"},
    )
    term.logfile_read = sys.stdout
    return term


def shown(text):
    """Wait for a text, however it is coloured."""
    term.expect(r"(?:\x1b\[[0-9;?]*[A-Za-z])*".join(re.escape(c) for c in text))


def cell(n, *lines):
    """Type a cell at its prompt."""
    shown(f"In [{n}]: ")
    for line in lines:
        term.sendline(line)


term = start()
shown("Joule: Go for energy-based learning.")
cell(1, "x := 20; x + 22")
shown("Out[1]: 42")
cell(2, 'fmt.Println("to the", "screen")')
shown("to the screen")

# The console asks the kernel at the end of each line whether the cell is complete.
cell(3, "func double(n int) int {", "return 2 * n", "}")
cell(4, "double(x + 1)")
shown("Out[4]: 42")

# An error is shown, and the session goes on.
cell(5, "x + nothing")
shown("undefined: nothing")

cell(6, 'name, err := display.Input("your name? ")')
shown("your name? ")
term.sendline("Emmy")
cell(7, '"Hello, " + name')
shown('Out[7]: "Hello, Emmy"')

cell(8, 'fmt.Println("running", x+1); for {}')
shown("running 21")
term.sendintr()
shown("Interrupted")
cell(9, "x")
shown("Out[9]: 20")

# Ctrl-D is nothing until the console has the terminal, which is after it has shown its prompt.
cell(10)
for _ in range(PATIENCE):
    term.sendeof()
    if term.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=1) == 0:
        break
term.close()
assert term.exitstatus == 0, (term.exitstatus, term.signalstatus)

# A kernel can end the console, too.
term = start()
cell(1, "%exit")
term.expect(pexpect.EOF)
term.close()
assert term.exitstatus == 0, (term.exitstatus, term.signalstatus)
