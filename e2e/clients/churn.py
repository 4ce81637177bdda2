"""Fills a project with the experiments of a small team: curves, failures, a run that goes on, a model with three versions."""

import math
import random
import time

import numpy as np
import pandas as pd
from mlflow import MlflowClient, set_experiment, sklearn, start_run
from mlflow.entities import Metric, Param
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression

STEPS = 60
client = MlflowClient()
dice = random.Random(7)


def curve(key, first, last, noise):
    now = int(time.time() * 1000)
    return [
        Metric(key, last + (first - last) * math.exp(-6 * step / STEPS) + dice.gauss(0, noise), now + step, step)
        for step in range(STEPS)
    ]


def log_training(run_id, depth, eta):
    best = 0.31 + 0.02 * abs(depth - 8) + dice.random() * 0.02
    params = {"max_depth": depth, "eta": eta, "subsample": 0.8, "trees": 40 * depth, "objective": "binary:logistic"}
    metrics = [
        *curve("train_logloss", 0.69, best - 0.04, 0.004),
        *curve("val_logloss", 0.69, best, 0.008),
        *curve("val_auc", 0.5, 1.19 - best, 0.004),
        *curve("learning_rate", eta, eta / 10, 0),
        *[Metric(f"holdout_{name}", value, int(time.time() * 1000), 0) for name, value in
          {"accuracy": 0.9 - best / 10, "recall_at_10_percent": 0.43, "calibration_error": 0.018}.items()],
    ]
    client.log_batch(run_id, metrics=metrics, params=[Param(key, str(value)) for key, value in params.items()])


def sweep(experiment):
    combinations = [(depth, eta) for eta in (0.03, 0.05, 0.1) for depth in (4, 6, 8, 10)]
    for number, (depth, eta) in enumerate(combinations, start=104):
        name = f"xgb-d{depth}-eta{str(eta)[2:].ljust(2, '0')}-{number}"
        run = client.create_run(experiment, run_name=name)
        log_training(run.info.run_id, depth, eta)
        if number == 110:
            client.log_text(run.info.run_id, "gain,feature\n0.41,tenure_months\n0.22,tickets_90d\n", "plots/importance.csv")
            client.log_dict(run.info.run_id, {"threshold": 0.42, "holdout": "customers.csv@3"}, "report.json")
        client.set_terminated(run.info.run_id, "FAILED" if number == 109 else "FINISHED")


experiment = client.create_experiment("churn-xgb")
sweep(experiment)
goes_on = client.create_run(experiment, run_name="xgb-d8-eta05-with-the-features-of-last-quarter-and-a-long-name")
log_training(goes_on.info.run_id, 8, 0.05)
deep = client.create_run(client.create_experiment("churn-deep"), run_name="tabnet-baseline-04")
client.set_terminated(deep.info.run_id, "FAILED")

set_experiment("churn-linear")
generator = np.random.default_rng(7)
columns = ["tenure_months", "tickets_90d", "spend_eur"]
for strength in (0.1, 1.0, 10.0):
    rows = pd.DataFrame(generator.normal(size=(400, len(columns))), columns=columns)
    churned = (rows["tickets_90d"] - rows["tenure_months"] + generator.normal(size=400) > 0).astype(int)
    with start_run(run_name=f"logistic-C{strength:g}") as run:
        model = LogisticRegression(C=strength).fit(rows, churned)
        client.log_batch(
            run.info.run_id,
            metrics=[
                Metric("val_accuracy", model.score(rows, churned), int(time.time() * 1000), 0),
                Metric("val_logloss", 0.42 - strength / 100, int(time.time() * 1000), 0),
            ],
            params=[Param("C", str(strength))],
        )
        sklearn.log_model(
            model,
            name="model",
            registered_model_name="churn-classifier",
            signature=infer_signature(rows, model.predict(rows)),
            input_example=rows.head(2),
        )
client.set_registered_model_alias("churn-classifier", "champion", "2")
client.set_registered_model_alias("churn-classifier", "challenger", "3")
