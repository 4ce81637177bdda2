"""Imports once what every model server imports, so that the compiled files are there before the environment becomes read-only."""

import importlib

for name in ("uvicorn.config", "uvicorn.lifespan.on", "uvicorn.protocols.http.h11_impl", "pandas", "mlflow.pyfunc"):
    importlib.import_module(name)

# What a model may have brought along.
for name in ("sklearn.ensemble", "sklearn.linear_model", "sklearn.pipeline", "mlflow.sklearn", "xgboost", "lightgbm", "torch"):
    try:
        importlib.import_module(name)
    except Exception as error:  # noqa: BLE001 - a package that cannot be imported here may still serve its model
        print(f"{name} is not warmed up: {error}")
