"""`python3 measured.py <program> [argument …]`: runs a program, and writes to file descriptor 3, if there is one, what
it used of the processors: seconds of user and system, of it and of whatever it started, also of what outlived its
parent, which would else be adopted, and counted, by nobody. Ends as the program ended. Linux; elsewhere orphans are
missed."""
import ctypes
import os
import resource
import signal
import sys

SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
PR_SET_CHILD_SUBREAPER = 36

try:
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
except (AttributeError, OSError):
    pass

signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
child = os.fork()
if child == 0:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    try:
        os.closerange(3, 4)
        os.execvp(sys.argv[1], sys.argv[1:])
    except OSError as error:
        sys.stderr.write(f"{sys.argv[1]} can't be run: {error.strerror}. Run `npm run setup`.\n")
    os._exit(127)


def pass_on(number, _frame):
    # Ctrl-C reaches the program by itself, as everything on the terminal.
    if number != signal.SIGINT:
        os.kill(child, number)


for name in SIGNALS:
    signal.signal(name, pass_on)
signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

while True:
    pid, status = os.wait()
    if pid == child:
        break
try:
    while os.waitpid(-1, os.WNOHANG)[0] != 0:
        pass
except ChildProcessError:
    pass

used = resource.getrusage(resource.RUSAGE_CHILDREN)
try:
    os.write(3, f"{used.ru_utime + used.ru_stime:.2f}\n".encode())
except OSError:
    pass
sys.exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
