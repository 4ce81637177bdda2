"""Calls the real MLflow client for the tests: a line of JSON in ({call, arguments}), a line of JSON out ({result} or {error})."""

import json
import math
import os
import sys
import tempfile

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException


def connect(uri, token, workspace=None):
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    os.environ["MLFLOW_TRACKING_TOKEN"] = token
    if workspace is None:
        os.environ.pop("MLFLOW_WORKSPACE", None)
    else:
        os.environ["MLFLOW_WORKSPACE"] = workspace
    return mlflow.__version__


def experiments():
    client = MlflowClient()
    number = client.create_experiment("wine", tags={"team": "red"})
    found = client.get_experiment_by_name("wine")
    client.set_experiment_tag(number, "colour", "red")
    client.rename_experiment(number, "wines")
    again = refusal(lambda: client.create_experiment("wines"))
    client.delete_experiment(number)
    stage = client.get_experiment(number).lifecycle_stage
    refused = refusal(lambda: client.create_run(number))
    client.restore_experiment(number)
    listed = client.search_experiments(filter_string="tags.colour = 'red' and name like 'win%'")
    pages = [client.search_experiments(max_results=1, order_by=["name ASC"])]
    while pages[-1].token:
        pages.append(client.search_experiments(max_results=1, order_by=["name ASC"], page_token=pages[-1].token))
    return {
        "number": number,
        "location": found.artifact_location,
        "tags": found.tags,
        "again": again,
        "stage": stage,
        "refused": refused,
        "listed": [(one.experiment_id, one.name, one.tags) for one in listed],
        "pages": [[one.name for one in page] for page in pages],
        "nobody": client.get_experiment_by_name("nothing") is None,
        "missing": refusal(lambda: client.get_experiment("4711")),
    }


def training():
    mlflow.set_experiment("training")
    with mlflow.start_run(run_name="outer", tags={"team": "red"}) as outer:
        mlflow.log_params({"lr": 0.1, "layers": [1, 2]})
        for step in range(5):
            mlflow.log_metrics({"loss": 1.0 / (step + 1), "auc": step / 10}, step=step)
        mlflow.log_metric("odd", float("nan"))
        mlflow.log_metric("huge", float("inf"), step=7)
        mlflow.set_tag("mlflow.note.content", "hello")
        changed = refusal(lambda: mlflow.log_param("lr", 0.2))
        with mlflow.start_run(run_name="inner", nested=True) as inner:
            mlflow.log_metric("loss", 3)
    client = MlflowClient()
    run = client.get_run(outer.info.run_id)
    client.set_tag(run.info.run_id, "temporary", "x")
    client.delete_tag(run.info.run_id, "temporary")
    gone = refusal(lambda: client.delete_tag(run.info.run_id, "temporary"))
    history = client.get_metric_history(run.info.run_id, "loss")
    return {
        "id": run.info.run_id,
        "experiment": run.info.experiment_id,
        "name": run.info.run_name,
        "status": run.info.status,
        "ended": run.info.end_time >= run.info.start_time,
        "uri": run.info.artifact_uri,
        "params": run.data.params,
        "metrics": {key: text(value) for key, value in run.data.metrics.items()},
        "tags": {key: value for key, value in run.data.tags.items() if key in ("team", "mlflow.note.content")},
        "changed": changed,
        "gone": gone,
        "parent": client.get_run(inner.info.run_id).data.tags["mlflow.parentRunId"] == run.info.run_id,
        "history": [(point.step, point.value) for point in history],
    }


def many_metrics():
    client = MlflowClient()
    run = client.create_run("0")
    for start in range(0, 5000, 1000):
        points = [mlflow.entities.Metric("wave", step % 7, step, step) for step in range(start, start + 1000)]
        client.log_batch(run.info.run_id, metrics=points)
    history = client.get_metric_history(run.info.run_id, "wave")
    store = client._tracking_client.store
    page = store.get_metric_history(run.info.run_id, "wave", max_results=3)
    second = store.get_metric_history(run.info.run_id, "wave", max_results=3, page_token=page.token)
    too_many = [mlflow.entities.Metric("wave", 1, 1, step) for step in range(1001)]
    return {
        "points": len(history),
        "pages": [[point.step for point in page], [point.step for point in second]],
        "too_many": refusal(lambda: store.log_batch(run.info.run_id, too_many, [], [])),
        "bad_name": refusal(lambda: client.log_metric(run.info.run_id, "../x", 1)),
    }


def search():
    experiment = mlflow.create_experiment("search")
    client = MlflowClient()
    for number in range(6):
        run = client.create_run(experiment, run_name=f"r{number}", start_time=1000 + number)
        client.log_metric(run.info.run_id, "auc", number / 10)
        client.log_param(run.info.run_id, "half", "yes" if number % 2 else "no")
        client.set_tag(run.info.run_id, "kind", "tree" if number < 3 else "forest")
        if number == 5:
            client.set_terminated(run.info.run_id, "FAILED")

    def names(filter_string="", order_by=None, **more):
        found = client.search_runs([experiment], filter_string, order_by=order_by, **more)
        return [run.info.run_name for run in found]

    pages = [client.search_runs([experiment], max_results=4, order_by=["metrics.auc DESC"])]
    pages.append(client.search_runs([experiment], max_results=4, order_by=["metrics.auc DESC"], page_token=pages[0].token))
    return {
        "all": names(),
        "metric": names("metrics.auc >= 0.3", ["metrics.auc ASC"]),
        "both": names("params.half = 'yes' and tags.kind LIKE 'tr%'"),
        "status": names("attributes.status = 'FAILED'"),
        "pages": [[run.info.run_name for run in page] for page in pages],
        "end": pages[1].token,
        "frame": columns(experiment),
        "broken": refusal(lambda: names("metrics.auc ! 3")),
    }


def columns(experiment):
    try:
        frame = mlflow.search_runs([experiment], order_by=["metrics.auc DESC"], max_results=2)
    except ImportError:
        return None
    return frame["metrics.auc"].tolist()


def lifecycle():
    client = MlflowClient()
    run_id = client.create_run("0").info.run_id
    client.delete_run(run_id)
    stage = client.get_run(run_id).info.lifecycle_stage
    refused = refusal(lambda: client.log_metric(run_id, "a", 1))
    client.restore_run(run_id)
    client.update_run(run_id, status="KILLED", name="renamed")
    run = client.get_run(run_id)
    return {
        "stage": stage,
        "refused": refused,
        "run": [run.info.run_name, run.info.status, run.info.lifecycle_stage],
        "missing": refusal(lambda: client.get_run("0" * 32)),
    }


def artifacts():
    with tempfile.TemporaryDirectory() as folder, mlflow.start_run() as run:
        os.makedirs(f"{folder}/plots/deep")
        for name, content in {"plots/a.txt": "one", "plots/deep/b ü.json": "{}", "empty.bin": ""}.items():
            with open(f"{folder}/{name}", "w") as file:
                file.write(content)
        mlflow.log_artifacts(folder, "out")
        mlflow.log_text("hello", "notes/hello.txt")
        mlflow.log_dict({"a": 1}, "config.json")
        client = MlflowClient()

        def walk(path=None):
            for one in client.list_artifacts(run.info.run_id, path):
                yield (one.path, one.is_dir, one.file_size)
                if one.is_dir:
                    yield from walk(one.path)

        listed = list(walk())
        loaded = mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/notes/hello.txt")
        copied = mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="out")
        with open(f"{copied}/plots/deep/b ü.json") as file:
            downloaded = file.read()
        repository = mlflow.store.artifact.artifact_repository_registry.get_artifact_repository(run.info.artifact_uri)
        repository.delete_artifacts("out")
        return {
            "listed": listed,
            "loaded": loaded,
            "downloaded": downloaded,
            "left": list(walk()),
            "file": client.list_artifacts(run.info.run_id, "config.json"),
            "missing": refusal(lambda: mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/nothing")),
        }


def big_artifact(size):
    import hashlib

    os.environ["MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD"] = "true"
    os.environ["MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE"] = "1000000"
    os.environ["MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE"] = str(5 * 1024 * 1024)
    with tempfile.TemporaryDirectory() as folder, mlflow.start_run() as run:
        path = f"{folder}/big model.bin"
        content = os.urandom(size)
        with open(path, "wb") as file:
            file.write(content)
        mlflow.log_artifact(path, "weights")
        copied = mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="weights/big model.bin")
        with open(copied, "rb") as file:
            same = hashlib.sha256(file.read()).digest() == hashlib.sha256(content).digest()
        listed = [(one.path, one.file_size) for one in MlflowClient().list_artifacts(run.info.run_id, "weights")]
        return {"same": same, "listed": listed}


def datasets():
    import pandas

    with mlflow.start_run() as run:
        frame = pandas.DataFrame({"a": [1, 2], "b": [0.5, 1.5]})
        mlflow.log_input(mlflow.data.from_pandas(frame, name="wine", targets="b"), context="training")
    client = MlflowClient()
    (given,) = client.get_run(run.info.run_id).inputs.dataset_inputs
    found = client.search_runs([run.info.experiment_id], "dataset.name = 'wine' and dataset.context = 'training'")
    return {
        "name": given.dataset.name,
        "tags": {tag.key: tag.value for tag in given.tags},
        "profile": json.loads(given.dataset.profile),
        "found": [one.info.run_id for one in found] == [run.info.run_id],
    }


def autolog():
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression

    mlflow.sklearn.autolog(log_datasets=True)
    features, target = load_iris(return_X_y=True, as_frame=True)
    with mlflow.start_run() as run:
        LogisticRegression(max_iter=300).fit(features, target)
    mlflow.sklearn.autolog(disable=True)
    client = MlflowClient()
    logged = client.get_run(run.info.run_id)
    models = client.search_logged_models([run.info.experiment_id], filter_string=f"source_run_id = '{run.info.run_id}'")
    return {
        "status": logged.info.status,
        "max_iter": logged.data.params["max_iter"],
        "accurate": logged.data.metrics["training_accuracy_score"] > 0.9,
        "artifacts": sorted(one.path for one in client.list_artifacts(run.info.run_id)),
        "datasets": [one.dataset.name for one in logged.inputs.dataset_inputs],
        "models": [(one.name, one.status.name) for one in models],
        "outputs": [one.model_id for one in logged.outputs.model_outputs] == [one.model_id for one in models],
    }


def registry():
    from sklearn.linear_model import LinearRegression

    import pandas

    frame = pandas.DataFrame({"alcohol": [9.0, 10.0, 11.0], "ph": [3.1, 3.2, 3.3]})
    model = LinearRegression().fit(frame, [5.0, 6.0, 7.0])
    client = MlflowClient()
    with mlflow.start_run() as run:
        mlflow.log_param("alpha", 0.5)
        mlflow.log_metric("rmse", 0.25)
        info = mlflow.sklearn.log_model(model, name="model", registered_model_name="wine", input_example=frame[:1])
        mlflow.sklearn.log_model(model, name="model", registered_model_name="wine")
    client.set_registered_model_alias("wine", "champion", 1)
    client.set_registered_model_tag("wine", "team", "red")
    client.set_model_version_tag("wine", "1", "checked", "yes")
    client.update_model_version("wine", "1", "the first")
    client.transition_model_version_stage("wine", "2", "Production")
    version = client.get_model_version("wine", "1")
    predictions = {
        uri: round(float(mlflow.pyfunc.load_model(uri).predict(frame)[0]), 3)
        for uri in ("models:/wine/1", "models:/wine@champion", "models:/wine/latest", info.model_uri)
    }
    logged = client.get_logged_model(info.model_id)
    by_alias = client.get_model_version_by_alias("wine", "champion")
    listed = client.search_registered_models(filter_string="tags.team = 'red'")
    by_run = client.search_model_versions(f"run_id = '{run.info.run_id}'", order_by=["version_number ASC"])
    missing_alias = refusal(lambda: client.get_model_version_by_alias("wine", "nobody"))
    again = refusal(lambda: client.create_registered_model("wine"))
    client.delete_model_version("wine", "2")
    client.rename_registered_model("wine", "wines")
    after = client.get_registered_model("wines")
    copied = client.copy_model_version("models:/wines/1", "copies")
    client.delete_logged_model(info.model_id)
    client.delete_run(run.info.run_id)
    kept = [round(float(mlflow.pyfunc.load_model(uri).predict(frame)[0]), 3) for uri in ("models:/wines/1", "models:/copies/1")]
    elsewhere = client.create_model_version("copies", "s3://elsewhere/model")
    return {
        "kept": [copied.version, kept],
        "elsewhere": [elsewhere.status_message, client.get_model_version_download_uri("copies", elsewhere.version)],
        "model_id": info.model_id,
        "version": [version.version, version.status, version.run_id == run.info.run_id, version.description, version.tags, list(version.aliases)],
        "source": version.source,
        "predictions": predictions,
        "logged": [logged.name, str(logged.status), logged.source_run_id == run.info.run_id, logged.params.get("alpha")],
        "logged_metrics": [(one.key, one.value) for one in logged.metrics],
        "by_alias": by_alias.version,
        "listed": [(one.name, one.aliases, one.tags) for one in listed],
        "by_run": [(one.version, one.current_stage) for one in by_run],
        "missing_alias": missing_alias,
        "again": again,
        "after": [after.name, [one.version for one in after.latest_versions]],
        "gone": refusal(lambda: client.get_model_version("wines", "2")),
        "uri": client.get_model_version_download_uri("wines", "1"),
    }


def old_model():
    """What a client before 3.0 does without the libraries that make models: files in the run, and a tag."""
    client = MlflowClient()
    with tempfile.TemporaryDirectory() as folder, mlflow.start_run() as run:
        with open(f"{folder}/MLmodel", "w") as file:
            file.write("flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n")
        mlflow.log_artifacts(folder, "model")
    client.create_registered_model("old")
    version = client.create_model_version("old", f"runs:/{run.info.run_id}/model", run.info.run_id)
    copied = mlflow.artifacts.download_artifacts("models:/old/1")
    return {"version": version.version, "files": sorted(os.listdir(copied)), "source": version.source}


def who_can():
    """Codes of the errors one meets when reading and when writing."""
    client = MlflowClient()
    return {
        "read": refusal(lambda: client.search_experiments()),
        "write": refusal(lambda: client.create_run("0")),
    }


def refusal(task):
    try:
        task()
        return None
    except MlflowException as error:
        return f"{error.error_code}: {error.message}"[:400]
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:400]


def text(value):
    return value if math.isfinite(value) else str(value)


for line in sys.stdin:
    request = json.loads(line)
    stdout, sys.stdout = sys.stdout, sys.stderr
    try:
        answer = {"result": globals()[request["call"]](**request["arguments"])}
    except Exception as error:
        import traceback

        answer = {"error": traceback.format_exc()[-3000:]}
    finally:
        sys.stdout = stdout
    print(json.dumps(answer, default=str), flush=True)
