"""Archives with code: their entries stay below the folder they are unpacked to."""

import os
import shutil
import tarfile
import zipfile

from .told import Refusal

ENDINGS = {".zip": "zip", ".tar": "tar", ".tar.gz": "tar", ".tgz": "tar", ".tar.bz2": "tar", ".tar.xz": "tar"}


def kind_of(file):
    """`zip` or `tar`; None for anything else."""
    return next((kind for ending, kind in ENDINGS.items() if file.lower().endswith(ending)), None)


def unpack(packed, target, kind):
    """Into the folder `target`. An archive of one folder is that folder."""
    os.makedirs(target, exist_ok=True)
    try:
        if kind == "zip":
            with zipfile.ZipFile(packed) as archive:
                archive.extractall(target)  # takes `..` and absolute paths away by itself
        else:
            _untar(packed, target)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError) as error:
        raise Refusal(f"{os.path.basename(packed)} cannot be unpacked: {error}") from error
    _lift(target)


def _untar(packed, target):
    with tarfile.open(packed) as archive:
        for entry in archive:
            parts = entry.name.split("/")
            if entry.name.startswith("/") or ".." in parts or not (entry.isfile() or entry.isdir()):
                raise Refusal(f"The archive has {entry.name}, which is neither a file nor a folder of it.")
            path = os.path.join(target, entry.name)
            if entry.isdir():
                os.makedirs(path, exist_ok=True)
                continue
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with archive.extractfile(entry) as there, open(path, "wb") as here:
                shutil.copyfileobj(there, here)
            os.chmod(path, 0o755 if entry.mode & 0o100 else 0o644)


def _lift(target):
    entries = os.listdir(target)
    inner = os.path.join(target, entries[0]) if len(entries) == 1 else ""
    if not os.path.isdir(inner):
        return
    aside = f"{target}.lifted"
    os.rename(inner, aside)
    os.rmdir(target)
    os.rename(aside, target)
