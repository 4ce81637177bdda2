"""MLflow's scoring protocol: what a body means, and what an answer looks like.

https://mlflow.org/docs/latest/ml/deployment/deploy-model-locally/ (accepted input formats)
"""

import datetime
import io
import json
import math

import numpy as np
import pandas as pd

FORMATS = ("dataframe_split", "dataframe_records", "inputs", "instances")


class BadRequest(Exception):
    """The body cannot be understood. The message is for whoever sent it."""


def parse_body(body, content_type, schema):
    """Returns what the model's `predict` takes: (data, params)."""
    kind = content_type.split(";")[0].strip().lower()
    if kind == "text/csv":
        return typed(parse_csv(body), schema), None
    if kind not in ("application/json", ""):
        raise BadRequest(f"Content-Type is {kind}; send application/json or text/csv")
    document = parse_json(body)
    given = [name for name in FORMATS if name in document]
    if len(given) != 1:
        raise BadRequest(f"The body needs exactly one of {', '.join(FORMATS)}; it has {', '.join(given) or 'none of them'}")
    params = document.get("params")
    if params is not None and not isinstance(params, dict):
        raise BadRequest("params must be an object")
    return PARSERS[given[0]](document[given[0]], schema), params


def answer(predictions):
    return json.dumps({"predictions": plain(predictions)}, allow_nan=False, default=plain).encode()


def parse_csv(body):
    try:
        return pd.read_csv(io.BytesIO(body))
    except (ValueError, UnicodeDecodeError) as error:
        raise BadRequest(f"The body is not CSV: {error}") from error


def parse_json(body):
    try:
        document = json.loads(body)
    except ValueError as error:
        raise BadRequest(f"The body is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise BadRequest(f"The body must be an object with one of {', '.join(FORMATS)}")
    return document


def from_split(value, schema):
    if not isinstance(value, dict) or "data" not in value:
        raise BadRequest('dataframe_split must be an object like {"columns": […], "data": [[…], …]}')
    try:
        return typed(pd.DataFrame(value["data"], index=value.get("index"), columns=value.get("columns")), schema)
    except (ValueError, TypeError, AssertionError) as error:
        raise BadRequest(f"dataframe_split does not fit together: {error}") from error


def from_records(value, schema):
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise BadRequest('dataframe_records must be a list of objects like [{"column": value}, …]')
    return typed(pd.DataFrame.from_records(value), schema)


def from_inputs(value, schema):
    """Columns, or one tensor."""
    if isinstance(value, dict):
        return {name: to_array(column, schema, name) for name, column in value.items()} if is_tensor(schema) else typed(to_frame(value), schema)
    return tabular(value, schema)


def from_instances(value, schema):
    """Rows, as TensorFlow Serving names them."""
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        if is_tensor(schema):
            return {name: to_array([row.get(name) for row in value], schema, name) for name in value[0]}
        return typed(pd.DataFrame.from_records(value), schema)
    return tabular(value, schema)


PARSERS = {"dataframe_split": from_split, "dataframe_records": from_records, "inputs": from_inputs, "instances": from_instances}


def tabular(value, schema):
    """A bare list: a tensor for a model of tensors, rows in the order of the columns for a model of columns."""
    if schema is None or is_tensor(schema):
        return to_array(value, schema, None)
    if all(isinstance(row, list) for row in value or []) and len(schema.input_names()) > 0:
        try:
            return typed(pd.DataFrame(value, columns=schema.input_names()), schema)
        except ValueError as error:
            raise BadRequest(f"The rows do not fit the columns {schema.input_names()}: {error}") from error
    return value


def to_frame(columns):
    try:
        return pd.DataFrame({name: column if isinstance(column, list) else [column] for name, column in columns.items()})
    except ValueError as error:
        raise BadRequest(f"inputs are not columns of one length: {error}") from error


def to_array(value, schema, name):
    try:
        array = np.array(value)
    except ValueError as error:
        raise BadRequest(f"The input is not a tensor: {error}") from error
    if array.dtype == object:
        raise BadRequest("The input is not a tensor: its rows have different lengths, or something in it is missing")
    wanted = tensor_type(schema, name)
    return array if wanted is None else array.astype(wanted, copy=False)


def is_tensor(schema):
    return schema is not None and schema.is_tensor_spec()


def tensor_type(schema, name):
    if not is_tensor(schema):
        return None
    specs = [spec for spec in schema.inputs if name is None or spec.name == name]
    return specs[0].type if specs else None


def typed(frame, schema):
    """JSON knows one kind of number: brings columns to the types of the model where nothing is lost by it."""
    if schema is None or is_tensor(schema) or not schema.has_input_names():
        return frame
    for spec in schema.inputs:
        if spec.name in frame.columns and hasattr(spec.type, "to_pandas"):
            frame[spec.name] = cast(frame[spec.name], spec.type.to_pandas(), spec.name)
    return frame


def cast(column, wanted, name):
    wanted = np.dtype(wanted)
    if column.dtype == wanted or wanted == object:
        return column
    try:
        if wanted.kind == "M":
            return pd.to_datetime(column)
        if wanted.kind in "iu" and column.dtype.kind == "f" and not (column == column.round()).all():
            return column
        if wanted.kind == "b":
            return column
        return column.astype(wanted)
    except (ValueError, TypeError) as error:
        raise BadRequest(f"Column {name} does not hold {wanted}: {error}") from error


def plain(value):
    """Predictions as JSON: NaN and infinity have no place there and become null."""
    if isinstance(value, pd.DataFrame):
        return [plain(row) for row in value.to_dict(orient="records")]
    if isinstance(value, (pd.Series, np.ndarray)):
        return plain(value.tolist())
    if isinstance(value, dict):
        return {str(name): plain(entry) for name, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
