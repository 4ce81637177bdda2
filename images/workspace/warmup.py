"""Imports once what every workspace imports, so that the compiled files are there before the environment becomes read-only."""

import os
import subprocess
import sys

KERNEL = "import ipykernel.kernelapp, ipykernel.debugger, debugpy.server.api, ipywidgets, matplotlib_inline.backend_inline, pexpect"
LIBRARIES = """
import numpy, pandas, matplotlib.pyplot, mlflow, mlflow.pyfunc, mlflow.sklearn
import sklearn.cluster, sklearn.datasets, sklearn.ensemble, sklearn.linear_model, sklearn.model_selection, sklearn.pipeline
"""
PIP = "import pip._internal.cli.main, pip._internal.commands.install, pip._internal.commands.list"


def main():
    others = [subprocess.Popen([sys.executable, "-I", "-c", code]) for code in (KERNEL, LIBRARIES, PIP)]
    write_preload(lab_modules())
    sys.exit(max(process.wait() for process in others))


def lab_modules():
    """Every module that a JupyterLab server has imported once it could listen."""
    from jupyterlab.labapp import LabApp

    # Done by the start of a workspace in its command line; here only which modules come in matters.
    LabApp.jpserver_extensions = {"jupyterlab": True, "jupyter_server_terminals": True}
    app = LabApp.initialize_server(
        [
            "--ServerApp.sock=" + os.path.join(os.environ["TMPDIR"], "warm.sock"),
            "--ServerApp.open_browser=False",
            "--ServerApp.allow_root=True",
            "--ServerApp.root_dir=" + os.environ["HOME"],
            "--LabApp.news_url=None",
            "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
            "--LabApp.extension_manager=readonly",
        ]
    )
    import jupyter_server.services.kernels.websocket, jupyter_server.services.kernels.connection.channels, terminado  # noqa: E401, F401

    app.http_server.stop()
    return sorted(name for name in sys.modules if not name.startswith("_") and name != "__main__")


def write_preload(modules):
    with open(os.path.join(sys.prefix, "preload.txt"), "w", encoding="utf-8") as file:
        file.writelines(name + "\n" for name in modules)


main()
