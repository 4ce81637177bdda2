"""Installs what lies beside the code into the environment it will run in, and remembers it: what has not changed is not installed again."""

import hashlib
import json
import os
import re
import shutil
import sys

import overlay

from . import conda_file
from .told import run, step

ORDER = ("environment.yml", "setup.sh", "requirements.txt")


def install(folder, environment):
    """In this order: `environment.yml`, `setup.sh`, `requirements.txt`. Throws `Refusal` with the first step that fails."""
    files = [name for name in ORDER if os.path.isfile(os.path.join(folder, name))]
    if not files:
        step("install", "nothing: there is no environment.yml, setup.sh or requirements.txt beside the code")
        return
    # In there it goes with the environment, if that has to be made anew for another Python.
    record = os.path.join(environment.folder, "installed.json")
    known = _read(record)
    before = known.get(folder, {})
    done = {}
    for name in files:
        state = _state(os.path.join(folder, name))
        # One that ran may have changed what the later ones find.
        changed = state is None or before.get(name) != state or any(before.get(earlier) != done[earlier] for earlier in done)
        if not changed:
            step("install", f"{name} has not changed")
        else:
            step("install", name)
            HOW[name](folder, environment)
        done[name] = state
        overlay.write(record, json.dumps({**known, folder: done}))


def _conda(folder, environment):
    file = os.path.join(folder, "environment.yml")
    conda = next((found for name in ("micromamba", "mamba", "conda") if (found := shutil.which(name))), None)
    if conda:
        run([conda, "env", "update", "--prefix", environment.folder, "--file", file], "environment.yml could not be installed", folder)
        return
    print("There is no conda in this image: the packages are installed with pip, by their names.", flush=True)
    with open(file, encoding="utf-8") as text:
        wanted = conda_file.requirements(text.read())
    _pip(folder, environment, "environment.yml", wanted)


def _setup(folder, environment):
    shell = shutil.which("bash") or "/bin/sh"
    run([shell, "setup.sh"], "setup.sh failed", folder, _variables())


def _requirements(folder, environment):
    _pip(folder, environment, "requirements.txt", ["--requirement", "requirements.txt"])


def _pip(folder, environment, name, wanted):
    if not wanted:
        return
    python = os.path.join(environment.bin, "python")
    options = ["--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    run([python, "-m", "pip", "install", *options, *wanted], f"{name} could not be installed", folder, _variables())


def _variables():
    # What the code asks for goes before what the image was tried with.
    return {name: value for name, value in os.environ.items() if name not in ("PIP_CONSTRAINT", "UV_CONSTRAINT")}


HOW = {"environment.yml": _conda, "setup.sh": _setup, "requirements.txt": _requirements}


def _state(file):
    """Changes with what the file asks for. None if it asks for more than can be seen: a project in a folder."""
    text = _text_of(file, set())
    if os.path.basename(file) == "requirements.txt" and re.search(r"^\s*(-e\b|--editable\b|\.|file:)", text, re.MULTILINE):
        return None
    parts = [sys.version.split()[0], text]
    if os.path.basename(file) == "setup.sh":
        # What it put outside of the environment goes with the container.
        system = os.stat("/usr")
        parts.append(f"{system.st_dev} {system.st_ino}")
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _text_of(file, seen):
    """With the files it includes."""
    if file in seen or not os.path.isfile(file):
        return ""
    seen.add(file)
    with open(file, encoding="utf-8", errors="replace") as here:
        text = here.read()
    included = re.findall(r"^\s*(?:-r|-c|--requirement|--constraint)[ =]*(\S+)", text, re.MULTILINE) if file.endswith(".txt") else []
    return text + "".join(_text_of(os.path.join(os.path.dirname(file), name), seen) for name in included)


def _read(record):
    try:
        with open(record, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}
