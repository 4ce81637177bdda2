"""Trains for as long as somebody types numbers: each line of the input becomes the next point of a curve, and is printed when it is logged."""

import sys

import mlflow

mlflow.set_experiment("live")
with mlflow.start_run(run_name="typed-in") as run:
    print(run.info.run_id, flush=True)
    for step, line in enumerate(sys.stdin):
        mlflow.log_metric("loss", float(line), step=step)
        print(step, flush=True)
