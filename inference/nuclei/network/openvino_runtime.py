"""The network in OpenVINO on the CPU: two to four times as fast as onnxruntime in int8."""

import sys
from functools import cache
from typing import Any

import numpy as np

from inference.arrays import F32, U8


class OpenVinoRuntime:
    """A model compiled by OpenVINO for images of any size.

    Parameters
    ----------
    model
        The ONNX file.
    threads
        Of the CPU.

    Raises
    ------
    Exception
        Whatever OpenVINO raises for a model that it cannot load.
    """

    def __init__(self, model: bytes, threads: int) -> None:
        core = _core()
        compiled = core.compile_model(
            core.read_model(model),
            "CPU",
            {
                "PERFORMANCE_HINT": "LATENCY",
                "INFERENCE_NUM_THREADS": threads,
                # Else it computes in bfloat16 where the processor can: other results on other
                # machines, and not what the name says. int8 gains nothing by it.
                "INFERENCE_PRECISION_HINT": "f32",
            },
        )
        self._request = compiled.create_infer_request()

    def run(self, rgb: U8) -> F32:
        """Return the heatmap (h / 4, w / 4) of an image (h, w, 3)."""
        self._request.infer([rgb[None]], share_inputs=True)
        # The tensor belongs to the request, and the next run overwrites it.
        return np.array(self._request.get_output_tensor(0).data[0])


@cache
def _core() -> Any:
    """Return the one core of this process, which is never closed.

    A core gives the thread that makes it a signal stack of its own and, when closed, the stack
    that was there before. Two cores closed in the order in which they were made leave the thread
    with the first one's, which is no memory any more: the next Ctrl-C ends in a segmentation
    fault.
    """
    return _silent_openvino().Core()


def _silent_openvino() -> Any:
    """Import OpenVINO without its telemetry.

    ``import openvino`` otherwise writes a client number to the home folder and sends a message
    to Google Analytics, unasked. Where its telemetry package cannot be imported it takes an
    empty stand-in of its own; None among the modules makes that so, in this process alone.
    """
    if "openvino" not in sys.modules:
        sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
    import openvino  # noqa: PLC0415 - takes a third of a second, and not every run detects

    return openvino
