"""ONNX Runtime sessions that keep to their share of the cores."""

from pathlib import Path
from typing import Any


def open_session(path: Path, threads: int) -> Any:
    """A CPU session over the network in `path` that computes on `threads` threads at most."""
    import onnxruntime

    options: Any = onnxruntime.SessionOptions()  # pyright: ignore[reportUnknownVariableType]
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
