"""Imports once what most jobs import, so that the compiled files are there before the environment becomes read-only."""

import importlib

# Whatever of it this environment has: a job may bring its own requirements.
SCIENCE = ("numpy", "pandas", "matplotlib.pyplot", "mlflow", "mlflow.sklearn")
LEARNING = ("sklearn.cluster", "sklearn.datasets", "sklearn.ensemble", "sklearn.linear_model", "sklearn.model_selection")
for name in (*SCIENCE, *LEARNING):
    try:
        importlib.import_module(name)
    except ImportError:
        print(f"{name} is not in this environment")
