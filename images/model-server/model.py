"""The model behind the server: loading, describing, predicting."""

import os

import mlflow
import mlflow.pyfunc
from mlflow.models import Model as MlflowModel


class Model:
    def __init__(self, pyfunc, metadata):
        self._pyfunc = pyfunc
        self._metadata = metadata
        self.schema = metadata.get_input_schema()

    @classmethod
    def load(cls, path):
        if not os.path.isfile(os.path.join(path, "MLmodel")):
            raise FileNotFoundError(f"there is no MLmodel file in {path}")
        return cls(mlflow.pyfunc.load_model(path), MlflowModel.load(path))

    def predict(self, data, params):
        return self._pyfunc.predict(data, params=params or None)

    def describe(self):
        """What a caller must send and gets back, as JSON."""
        signature = self._metadata.signature
        example = self._metadata.saved_input_example_info
        return {
            "name": self._metadata.artifact_path or None,
            "model_uuid": self._metadata.model_uuid,
            "run_id": self._metadata.run_id,
            "flavors": sorted(name for name in self._metadata.flavors if name != "python_function"),
            "mlflow_version": self._metadata.mlflow_version,
            "inputs": signature.inputs.to_dict() if signature and signature.inputs else None,
            "outputs": signature.outputs.to_dict() if signature and signature.outputs else None,
            "params": signature.params.to_dict() if signature and signature.params else None,
            "has_input_example": example is not None,
        }
