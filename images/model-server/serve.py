"""Serves one MLflow model over HTTP, as `mlflow models serve` would, from a folder named in LAB_MODEL_PATH.

The model is loaded before anything listens: whoever gets a connection gets answers. Ends with code 3 if it cannot be loaded.
"""

import argparse
import os
import sys
import time
import traceback


def main():
    options = parse_arguments()
    if not options.model:
        fail("LAB_MODEL_PATH is not set: it names the folder of the model")
    started = time.monotonic()
    # Slow imports: only once the arguments are known to be right.
    import uvicorn

    from app import create_app
    from model import Model

    try:
        model = Model.load(options.model)
    except Exception as error:  # noqa: BLE001 - a model's own code may raise anything
        traceback.print_exc()
        fail(f"the model in {options.model} cannot be loaded: {type(error).__name__}: {error}")
    print(f"loaded {model.describe()['flavors']} in {time.monotonic() - started:.1f} s", flush=True)
    listen = {"uds": options.socket} if options.socket else {"host": "0.0.0.0", "port": options.port}
    uvicorn.run(create_app(model), **listen, access_log=False, log_level="warning", lifespan="off", timeout_graceful_shutdown=20)


def parse_arguments():
    parser = argparse.ArgumentParser()
    listen = parser.add_mutually_exclusive_group(required=True)
    listen.add_argument("--socket", help="unix socket to listen on")
    listen.add_argument("--port", type=int, help="port to listen on, on all interfaces")
    parser.add_argument("--model", default=os.environ.get("LAB_MODEL_PATH"), help="folder with an MLmodel file")
    return parser.parse_args()


def fail(message):
    print(message, file=sys.stderr, flush=True)
    sys.exit(3)


if __name__ == "__main__":
    main()
