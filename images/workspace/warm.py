"""Waits for a workspace to become: everything is imported, nothing belongs to anybody yet. warm.py SOCKET

One connection brings one line of JSON: {argv, env, cwd, log, uid, gid}. From then on this process is that workspace. Only modules of the
image's environment are imported before; a user's folder comes into play after this process is the user's.
"""

import ctypes
import importlib
import json
import os
import socket
import subprocess
import sys
import time

import start

PR_SET_NO_NEW_PRIVS = 38


def main(path):
    preload()
    connection = accept(path)
    order = json.loads(connection.makefile("r", encoding="utf-8").readline())
    os.umask(0o022)
    become(order)
    connection.sendall(b"ok\n")
    connection.close()
    sys.argv = order["argv"]
    start.main()


def preload():
    with open(os.path.join(sys.prefix, "preload.txt"), encoding="utf-8") as file:
        for name in file.read().split():
            try:
                importlib.import_module(name)
            except Exception:  # noqa: BLE001 - what cannot be imported now is imported, or missed, when it is needed
                pass
    start.import_lab()


def accept(path):
    # Its folder is closed to everybody else.
    os.umask(0o177)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen(1)
        connection, _ = server.accept()
    os.unlink(path)
    return connection


def become(order):
    os.environ.clear()
    os.environ.update(order["env"])
    time.tzset()
    log = os.open(order["log"], os.O_WRONLY | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    if order["uid"] is not None:
        os.setgroups([])
        os.setresgid(order["gid"], order["gid"], order["gid"])
        os.setresuid(order["uid"], order["uid"], order["uid"])
        ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    os.chdir(order["cwd"])
    keep_environment()


def keep_environment():
    """The kernel shows the environment a process was started with; for a command beside this one that has to be the workspace's."""
    global holder
    environment = {**os.environ, "LAB_ENVIRONMENT": "1"}
    holder = subprocess.Popen(["/bin/sh", "-c", "read -r _"], stdin=subprocess.PIPE, env=environment, cwd="/")


if __name__ == "__main__":
    main(sys.argv[1])
