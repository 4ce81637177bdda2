"""Imports once what most jobs import, so that the compiled files are there before the environment becomes read-only."""

import importlib

# Whatever of it this environment has: a job may bring its own requirements.
for name in ("numpy", "pandas", "matplotlib.pyplot", "sklearn.ensemble", "sklearn.linear_model", "mlflow", "mlflow.sklearn"):
    try:
        importlib.import_module(name)
    except ImportError:
        print(f"{name} is not in this environment")
