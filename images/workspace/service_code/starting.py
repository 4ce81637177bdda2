"""The environment code runs in, and its start."""

import os
import sys

import overlay

from .told import step

DEFAULT_PORT = 8091


def environment(home):
    """The one this program runs in, if it is somebody's own already, as in a terminal of a workspace; else the one of `home`."""
    if os.path.exists(os.path.join(sys.prefix, "place")):
        return overlay.Overlay(sys.prefix, os.path.join(sys.prefix, "lib", overlay.MINOR, "site-packages"))
    own = overlay.prepare(home, sys.prefix)
    os.environ.update(overlay.variables(own, sys.prefix))
    return own


def start(code, own, declared):
    """Becomes the code: nothing of this program stays."""
    real = int(os.environ.get("PORT") or declared)
    host = os.environ.get("LAB_PORT_HOST", "")
    variables = {**os.environ, "PORT": str(real), "PYTHONUNBUFFERED": "1"}
    if real != declared or host:
        _hook(own)
        variables["LAB_LISTEN"] = f"{declared}:{real}:{host}"
    step("start", f"{code.entry} on port {declared}" + ("" if real == declared else f", which is {real} on this machine"))
    python = os.path.join(own.bin, "python")
    os.chdir(code.folder)
    os.execve(python, [python, code.entry], variables)


def _hook(own):
    here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "port_hook.py")
    with open(here, encoding="utf-8") as file:
        overlay.write(os.path.join(own.site_packages, "_lab_port_hook.py"), file.read())
    overlay.write(os.path.join(own.site_packages, "_lab_port_hook.pth"), "import _lab_port_hook\n")
