"""How all models are opened: no telemetry, no memory arena that keeps the largest line, no thread
that spins."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def open_session(model: Path | bytes, threads: int) -> Any:
    """An ONNX Runtime session on the processor.

    Args:
        model: a file, or what is in one.
        threads: processor threads for one call.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    onnxruntime.disable_telemetry_events()
    return onnxruntime.InferenceSession(
        model if isinstance(model, bytes) else str(model),
        options,
        providers=["CPUExecutionProvider"],
    )
