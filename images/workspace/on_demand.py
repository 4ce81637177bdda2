"""Programs beside JupyterLab that start when somebody first asks for them.

The socket is open from the beginning; the first connection starts the program, which takes the socket over with whoever waits there. When it
ends, the next connection starts it anew.
"""

import contextlib
import os
import select
import socket
import subprocess
import tempfile
import threading
import time

# One that ends sooner has not worked: whoever waits is told instead of starting it again and again.
SHORT_LIFE_S = 5
LONGEST_NAME = len("/vscode-ipc-00000000-0000-0000-0000-000000000000.sock")
NOT_READY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\nRetry-After: 2\r\n\r\n"


def offer(path, program, home):
    """Starts `program FD` in `home` on the first connection to the socket at `path`; it may appear there later than this call."""
    listener = listen(path)
    threading.Thread(target=keep, args=(listener, program, home), daemon=True).start()


def listen(path):
    # Under another name until only its owner may use it: the mode of a socket that exists cannot be too wide for a moment.
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"{path}.new")
    os.chmod(f"{path}.new", 0o600)
    listener.listen(128)
    os.rename(f"{path}.new", path)
    return listener


def keep(listener, program, home):
    while True:
        select.select([listener], [], [])
        if not os.access(program, os.X_OK):
            turn_away(listener, "It is not on this machine yet. Open it from the page of the workspaces, which sees to that.\n")
            continue
        started = time.monotonic()
        code = run(listener, program, home)
        if code != 0 and time.monotonic() - started < SHORT_LIFE_S:
            turn_away(listener, "It ended as soon as it had started; the log of the workspace says why.\n")
            time.sleep(1)


def run(listener, program, home):
    try:
        with runtime_folder(os.path.dirname(listener.getsockname())) as folder:
            # Its own session: what is sent to the terminal or the group of JupyterLab is not for it.
            return subprocess.run(
                [program, str(listener.fileno())],
                cwd=home,
                env={**os.environ, "XDG_RUNTIME_DIR": folder},
                pass_fds=[listener.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                check=False,
            ).returncode
    except OSError as error:
        print(f"{program} cannot be started: {error}", flush=True)
        return 1


def runtime_folder(near):
    """For sockets of the program: the folder `near`, or a short one where their names would be too long there (unix(7): 107 bytes)."""
    if len(os.fsencode(near)) + LONGEST_NAME <= 107:
        return contextlib.nullcontext(near)
    return tempfile.TemporaryDirectory(prefix="vscode-", dir="/tmp")


def turn_away(listener, reason):
    """Answers all who wait now."""
    while select.select([listener], [], [], 0)[0]:
        connection, _ = listener.accept()
        with connection:
            try:
                connection.settimeout(1)
                # What was asked for is read first: closing over it would reset the connection and lose the answer.
                connection.recv(65536)
                connection.sendall(NOT_READY + reason.encode())
            except OSError:
                pass
