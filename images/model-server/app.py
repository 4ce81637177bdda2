"""The HTTP side as a bare ASGI application."""

import asyncio
import json
import time
import traceback

import mlflow
from mlflow.exceptions import MlflowException
from protocol import BadRequest, answer, parse_body

MAX_BODY_BYTES = 64 * 1024 * 1024


QUIET = {"/health", "/ping"}


class TooLarge(Exception):
    """The body is longer than what is accepted."""


def create_app(model):
    async def app(scope, receive, send):
        if scope["type"] != "http":
            return
        started = time.perf_counter()
        method, path = scope["method"], scope["path"].rstrip("/") or "/"
        status, body, content_type = await respond(model, method, path, scope, receive)
        await send_response(send, status, body if method != "HEAD" else b"", content_type, len(body))
        # The platform asks every few seconds; a log of that hides what matters.
        if status >= 400 or path not in QUIET:
            print(f"{method} {path} {status} {(time.perf_counter() - started) * 1000:.1f} ms", flush=True)

    return app


async def respond(model, method, path, scope, receive):
    allowed = ROUTES.get(path)
    if allowed is None:
        return problem(404, "NOT_FOUND", f"There is no {path}; send predictions to /invocations")
    if method not in allowed:
        return problem(405, "METHOD_NOT_ALLOWED", f"{path} takes {' and '.join(allowed)}")
    if path in ("/ping", "/health"):
        return 200, b"\n", "application/json"
    if path == "/version":
        return 200, mlflow.__version__.encode(), "text/plain"
    if path == "/":
        return 200, json.dumps(model.describe()).encode(), "application/json"
    return await invoke(model, scope, receive)


ROUTES = {"/": ("GET", "HEAD"), "/ping": ("GET", "HEAD"), "/health": ("GET", "HEAD"), "/version": ("GET", "HEAD"), "/invocations": ("POST",)}


async def invoke(model, scope, receive):
    try:
        body = await read_body(receive)
        # In a thread: a prediction may take long, and /health must still answer.
        return await asyncio.to_thread(predict, model, body, header(scope, b"content-type"))
    except TooLarge:
        return problem(413, "TOO_LARGE", f"The body is longer than {MAX_BODY_BYTES} bytes; send it in parts")


def predict(model, body, content_type):
    try:
        data, params = parse_body(body, content_type, model.schema)
        return 200, answer(model.predict(data, params)), "application/json"
    except BadRequest as error:
        return problem(400, "BAD_REQUEST", str(error))
    except MlflowException as error:
        # MLflow checks the signature: missing columns, types that lose something.
        return problem(error.get_http_status_code(), error.error_code, error.message)
    except Exception as error:  # noqa: BLE001 - a model's own code may raise anything; the input is the usual reason
        traceback.print_exc()
        return problem(400, "BAD_REQUEST", f"The model could not predict: {type(error).__name__}: {error}")


def problem(status, code, message):
    return status, json.dumps({"error_code": code, "message": message}).encode(), "application/json"


async def read_body(receive):
    chunks, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > MAX_BODY_BYTES:
            raise TooLarge
        more = message.get("more_body", False)
    return b"".join(chunks)


async def send_response(send, status, body, content_type, length):
    headers = [(b"content-type", content_type.encode()), (b"content-length", str(length).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def header(scope, name):
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")
