"""Installs the packages of old overlays into the one of this interpreter: carry_over.py OLD…

Each old one is kept until everything of it is there again, and tried again with the next start of the workspace.
"""

import glob
import os
import re
import shutil
import subprocess
import sys


def main(olds):
    for old in olds:
        wanted = freeze(old)
        # All at once if that works; else one by one, so that one that cannot be had costs no other.
        missing = [] if install(*wanted) else [package for package in wanted if not install(package)]
        if missing:
            print(f"Not to be had for this Python: {', '.join(missing)}.", flush=True)
            print(f"The old packages stay in {old} and are tried again with the next start; remove it to end that.", flush=True)
        else:
            shutil.rmtree(old)
            print(f"{len(wanted)} packages are installed again.", flush=True)


def freeze(old):
    """Exact versions, and addresses of what came from one, as requirements."""
    folders = [argument for folder in glob.glob(f"{glob.escape(old)}/lib/python*/site-packages") for argument in ("--path", folder)]
    if not folders:
        return []
    listed = subprocess.run([*PIP, "freeze", *folders], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if line and not line.startswith("#")]


def install(*wanted):
    """Exactly as it was; else, for one alone, whatever version this Python can have."""
    if not wanted or pip_install("--no-deps", *wanted):
        return True
    name = re.match(r"[A-Za-z0-9._-]+(?===)", wanted[0])
    return len(wanted) == 1 and name is not None and pip_install(name.group())


def pip_install(*what):
    arguments = [part for item in what for part in (item.split(" ", 1) if item.startswith("-e ") else [item])]
    return subprocess.run([*PIP, "install", "--quiet", *arguments], check=False).returncode == 0


PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]

if __name__ == "__main__":
    os.environ["PIP_ROOT_USER_ACTION"] = "ignore"
    main(sys.argv[1:])
