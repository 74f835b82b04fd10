"""ONNX Runtime sessions that keep to their share of the cores."""

from pathlib import Path
from typing import Any


def open_session(network: Path | bytes, threads: int) -> Any:
    """A CPU session over a network's file or content that computes on `threads` threads at most."""
    import onnxruntime

    options: Any = onnxruntime.SessionOptions()  # pyright: ignore[reportUnknownVariableType]
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # An arena makes a run a tenth faster at most, and keeps for good what the largest input ever took.
    options.enable_cpu_mem_arena = False
    source = network if isinstance(network, bytes) else str(network)
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
