"""What a person reads of a start: steps, output of tools, and what has to be changed."""

import re
import subprocess
import threading
import time

# The platform reads these lines from the log, to show the step on the page.
STEPS = ("fetch", "install", "start")

LAST_LINES = 8


class Refusal(Exception):
    """Why the code cannot be run, in a sentence for whoever has to change something."""


def step(name, text):
    assert name in STEPS
    print(f"==> {name} {time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}: {text}", flush=True)


def hidden(text):
    """Without passwords of addresses."""
    return re.sub(r"(://)[^/@\s]*@", r"\1…@", text) if re.search(r"://[^/@\s]*:[^/@\s]*@", text) else text


def run(command, failing, folder=None, env=None, quiet=False, seconds=3600):
    """Runs a tool, its output in the log as it comes unless `quiet`; answers the end of it. Throws `Refusal` with `failing` and the end of the output if it fails."""
    last = []
    with subprocess.Popen(
        command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        deadline = _end_after(process, seconds)
        for line in process.stdout:
            shown = hidden(line.rstrip())
            if not quiet:
                print(shown, flush=True)
            last = [*last, shown.strip()][-LAST_LINES:]
        process.wait()
        deadline.cancel()
    if process.returncode == 0:
        return last
    raise Refusal(f"{failing}: {_cause(last) or f'it ended with code {process.returncode}'}")


def _cause(last):
    """The line that says why: tools of version control say it first, and advice afterwards; pip says it last."""
    said = [line for line in last if line]
    first = next((line for line in said if re.match(r"fatal:|abort:|svn: E|(brz|bzr): ERROR", line)), None)
    return first or next((line for line in reversed(said) if line.startswith("ERROR:")), said[-1] if said else None)


def _end_after(process, seconds):
    timer = threading.Timer(seconds, process.kill)
    timer.daemon = True
    timer.start()
    return timer
