"""Trains on the wine data, tracks every run and registers the best model as `wine-quality`.

Inside a workspace of ML Lab it needs no configuration. Anywhere else it needs two variables:
MLFLOW_TRACKING_URI (http://localhost:8091/mlflow/<project>) and MLFLOW_TRACKING_TOKEN.
"""

import os

import mlflow
import pandas as pd
from mlflow.models import infer_signature
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import train_test_split

MODEL = "wine-quality"
LEARNING_RATES = (0.02, 0.1, 0.5)


def main():
    mlflow.set_experiment(MODEL)
    mlflow.sklearn.autolog(log_models=False, log_post_training_metrics=False, silent=True)
    wines = read_wines()
    train, test = train_test_split(wines, test_size=0.3, stratify=wines["cultivar"], random_state=1)
    models = [fit(train, test, rate) for rate in LEARNING_RATES]
    best = min(models, key=lambda model: loss_of(model, test))
    version = register(best, test)
    print(f"registered {MODEL} version {version}, accuracy {accuracy_score(test['cultivar'], best.predict(features(test))):.3f}")


def read_wines():
    """The dataset of the project inside ML Lab, the file beside this one anywhere else."""
    if "LAB_PROJECT" not in os.environ:
        return pd.read_csv(os.path.join(os.path.dirname(os.path.abspath(__file__)), "wine.csv"))
    url = f"{os.environ['LAB_ENDPOINT']}/api/projects/{os.environ['LAB_PROJECT']}/files/wine.csv"
    return pd.read_csv(url, storage_options={"Authorization": f"Bearer {os.environ['LAB_API_TOKEN']}"})


def fit(train, test, learning_rate):
    """One run: autolog notes parameters and scores of the fit, we add what happened tree by tree."""
    model = GradientBoostingClassifier(n_estimators=60, max_depth=2, learning_rate=learning_rate, random_state=1)
    with mlflow.start_run(run_name=f"learning-rate-{learning_rate}") as run:
        model.fit(features(train), train["cultivar"])
        for tree, probabilities in enumerate(model.staged_predict_proba(features(test))):
            loss = log_loss(test["cultivar"], probabilities)
            mlflow.log_metrics({"train_loss": model.train_score_[tree], "test_loss": loss}, step=tree)
        mlflow.log_metric("test_accuracy", accuracy_score(test["cultivar"], model.predict(features(test))))
    model.run_id = run.info.run_id
    return model


def register(model, test):
    example = features(test).head(3)
    with mlflow.start_run(run_id=model.run_id):
        logged = mlflow.sklearn.log_model(
            model,
            name="model",
            # Trees are not among what skops, the default of newer clients, loads unasked.
            serialization_format="cloudpickle",
            signature=infer_signature(example, model.predict(example)),
            input_example=example,
            registered_model_name=MODEL,
        )
    return logged.registered_model_version


def loss_of(model, test):
    return log_loss(test["cultivar"], model.predict_proba(features(test)))


def features(wines):
    return wines.drop(columns="cultivar")


if __name__ == "__main__":
    main()
