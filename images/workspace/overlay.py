"""The workspace's own Python environment: a venv whose packages come before those of the image's environment."""

import glob
import json
import os
import shlex
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass

# Which extensions are off; a user's own configuration comes before it.
OWN_CONFIG = os.path.join(os.path.dirname(os.path.abspath(__file__)), "jupyter")

MINOR = f"python{sys.version_info[0]}.{sys.version_info[1]}"


@dataclass
class Overlay:
    folder: str
    site_packages: str

    @property
    def bin(self):
        return os.path.join(self.folder, "bin")


def prepare(home, shared):
    """Makes the overlay of `home` over the environment `shared`, or brings it up to date; a few files in the usual case."""
    folder = os.path.join(home, ".lab", "py")
    overlay = Overlay(folder, os.path.join(folder, "lib", MINOR, "site-packages"))
    if os.path.lexists(folder) and not fits(overlay):
        set_aside(folder)
    if not os.path.exists(folder):
        create(folder)
    shared_packages = os.path.join(shared, "lib", MINOR, "site-packages")
    # Not a plain path: `addsitedir` reads the .pth files in there too.
    write(os.path.join(overlay.site_packages, "_lab_shared.pth"), f"import site; site.addsitedir({shared_packages!r})\n")
    write(os.path.join(folder, "place"), folder + "\n")
    write_pip(overlay)
    write_execute_code(overlay)
    write_kernel(overlay)
    if olds(overlay):
        carry_over(overlay)
    return overlay


def variables(overlay, shared):
    """What kernels and terminals need so that `python`, `pip` and Jupyter mean the overlay."""
    known = {name: value for name, value in os.environ.items() if name in ("PATH", "JUPYTER_PATH", "JUPYTER_CONFIG_PATH")}

    def before(name, *entries):
        return os.pathsep.join(dict.fromkeys([*entries, *known.get(name, "").split(os.pathsep)])).strip(os.pathsep)

    constraints = os.path.join(shared, "constraints.txt")
    return {
        "VIRTUAL_ENV": overlay.folder,
        "PATH": before("PATH", overlay.bin, os.path.join(shared, "bin")),
        "JUPYTER_PATH": before("JUPYTER_PATH", os.path.join(overlay.folder, "share", "jupyter")),
        "JUPYTER_CONFIG_PATH": before("JUPYTER_CONFIG_PATH", os.path.join(overlay.folder, "etc", "jupyter"), OWN_CONFIG),
        # Without them an install may quietly draw a newer numpy over the one that the rest was built with. Unset them to do that.
        **({"PIP_CONSTRAINT": constraints, "UV_CONSTRAINT": constraints} if os.path.exists(constraints) else {}),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
    }


def fits(overlay):
    """False when it was made by another Python, or was moved: the scripts in it name the old place."""
    python = os.path.join(overlay.bin, "python")
    try:
        with open(os.path.join(overlay.folder, "place"), encoding="utf-8") as file:
            here = file.read().strip() == overlay.folder
    except OSError:
        here = False
    return here and os.path.isdir(overlay.site_packages) and os.path.exists(python)


def set_aside(folder):
    old = f"{folder}-old"
    number = 1
    while os.path.lexists(old):
        number += 1
        old = f"{folder}-old-{number}"
    os.rename(folder, old)


def olds(overlay):
    return sorted(glob.glob(f"{glob.escape(overlay.folder)}-old*"))


def carry_over(overlay):
    """Installs again what older overlays have, beside the running server: the workspace opens meanwhile."""
    print("The packages installed in this workspace were for another Python or another place; they are installed again.", flush=True)
    command = [os.path.join(overlay.bin, "python"), os.path.join(os.path.dirname(os.path.abspath(__file__)), "carry_over.py")]
    # With its own variables: a constraint on the shared packages would undo what the user had chosen.
    environment = {name: value for name, value in os.environ.items() if name not in ("PIP_CONSTRAINT", "VIRTUAL_ENV")}
    subprocess.Popen([*command, *olds(overlay)], env=environment, stdin=subprocess.DEVNULL)


def create(folder):
    temporary = f"{folder}.new"
    shutil.rmtree(temporary, ignore_errors=True)
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    # From the base interpreter, as every venv: the image's environment may go, the workspace's stays.
    venv.EnvBuilder(with_pip=False, symlinks=True).create(temporary)
    os.rename(temporary, folder)


def write_pip(overlay):
    """`pip` that installs into the overlay. The package itself comes from the image until the user installs another."""
    script = f"#!{os.path.join(overlay.bin, 'python')}\nimport sys\nfrom pip._internal.cli.main import main\nsys.exit(main())\n"
    for name in ("pip", "pip3"):
        path = os.path.join(overlay.bin, name)
        if not os.path.exists(path):
            write(path, script)
            os.chmod(path, 0o755)


def write_execute_code(overlay):
    """`execute_code.py`: tries code as a service in a terminal, as it will run as one."""
    program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "execute_code.py")
    path = os.path.join(overlay.bin, "execute_code.py")
    write(path, f'#!/bin/sh\nexec {shlex.quote(os.path.join(overlay.bin, "python"))} {shlex.quote(program)} "$@"\n')
    os.chmod(path, 0o755)


def write_kernel(overlay):
    folder = os.path.join(overlay.folder, "share", "jupyter", "kernels", "python3")
    os.makedirs(folder, exist_ok=True)
    spec = {
        "argv": [os.path.join(overlay.bin, "python"), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Python 3",
        "language": "python",
        "metadata": {"debugger": True},
    }
    write(os.path.join(folder, "kernel.json"), json.dumps(spec, indent=1) + "\n")


def write(path, text):
    """Only what changed, and never half."""
    try:
        with open(path, encoding="utf-8") as file:
            if file.read() == text:
                return
    except OSError:
        pass
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(f"{path}.new", path)
