"""Code as it was fetched: kept beside the service's data, fetched again when something else is asked for or an update asks anew."""

import json
import os
import shutil
import time
from dataclasses import dataclass

import overlay

from . import platform_files, source, vcs
from .told import Refusal, hidden, step


@dataclass(frozen=True)
class Code:
    """The folder with the code, and what Python is to run: the folder, or a script in it."""

    folder: str
    entry: str


def fetch(text, home):
    """Code named by `text`: where it lies if it is here already, else a copy below `home`."""
    found = source.parse(text)
    if isinstance(found, source.Local):
        step("fetch", f"{found.path} is here already")
        return _code(found.path)
    store = os.path.join(home, ".lab", "code")
    # The address as it was given: what a variable in it stands for may change, as a token does.
    wanted = {"source": text, "asked": _read(os.path.join(home, ".lab", "fetch-anew"))}
    known = _known(store)
    if known and {key: known[key] for key in wanted} == wanted:
        step("fetch", f"{hidden(text)} as fetched at {known['at']}, {known['label']}")
    else:
        step("fetch", hidden(text))
        label = _renew(found, store, wanted)
        print(label, flush=True)
    return _chosen(found, os.path.join(store, "files"))


def _renew(found, store, wanted):
    new = os.path.join(store, "new")
    shutil.rmtree(store, ignore_errors=True)
    os.makedirs(store)
    fetcher = vcs if isinstance(found, vcs.Address) else platform_files
    label = fetcher.fetch(found, new)
    os.rename(new, os.path.join(store, "files"))
    at = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    # Last: what has no record is fetched again.
    overlay.write(os.path.join(store, "fetched.json"), json.dumps({**wanted, "label": label, "at": at}))
    return label


def _known(store):
    text = _read(os.path.join(store, "fetched.json"))
    return json.loads(text) if text and os.path.isdir(os.path.join(store, "files")) else None


def _read(file):
    try:
        with open(file, encoding="utf-8") as here:
            return here.read()
    except OSError:
        return ""


def _chosen(found, files):
    if isinstance(found, vcs.Address):
        folder = os.path.join(files, found.folder) if found.folder else files
        if not os.path.exists(folder):
            raise Refusal(f"{found.text}: there is no {found.folder} in it.")
        return _code(folder)
    names = os.listdir(files)
    # A script that was uploaded alone.
    return _code(os.path.join(files, names[0]) if len(names) == 1 and names != ["__main__.py"] else files)


def _code(path):
    if os.path.isdir(path):
        return Code(path, path)
    if not os.path.isfile(path):
        raise Refusal(f"There is no {path}.")
    return Code(os.path.dirname(path), path)


def check(code):
    """Throws `Refusal` unless Python can execute it."""
    script = os.path.join(code.entry, "__main__.py") if os.path.isdir(code.entry) else code.entry
    if not os.path.isfile(script):
        raise Refusal(f"{code.entry} has no __main__.py: a folder is started by the __main__.py at its root.")
    try:
        with open(script, "rb") as file:
            compile(file.read(), script, "exec")
    except (SyntaxError, ValueError) as error:
        raise Refusal(f"Python cannot execute {script}: {error}.") from error
