"""The network in onnxruntime: on the CPU, or on a GPU where onnxruntime-gpu is installed."""

import os
from typing import Any, Literal

import numpy as np

from inference.arrays import F32, U8
from inference.nuclei.network.runtime import RuntimeRefused

Provider = Literal["CPUExecutionProvider", "CUDAExecutionProvider"]

_FATAL = 4
"""Least severity that onnxruntime prints itself; what is below comes as an exception."""


class OnnxRuntime:
    """An onnxruntime session that really runs on the wanted provider.

    Parameters
    ----------
    model
        The ONNX file.
    provider
        What is to run it.
    threads
        Of the CPU.

    Raises
    ------
    RuntimeRefused
        The session runs on something else. onnxruntime falls back to the CPU without an error
        when a library of the GPU is missing, and goes on listing the GPU as available.
    Exception
        Whatever onnxruntime raises for a model that it cannot load.
    """

    def __init__(self, model: bytes, provider: Provider, threads: int) -> None:
        onnxruntime = _silent_onnxruntime()
        if provider == "CUDAExecutionProvider":
            onnxruntime.preload_dlls()
        options = onnxruntime.SessionOptions()
        options.log_severity_level = _FATAL
        options.intra_op_num_threads = threads
        # Threads that spin after a run would take the cores from the membranes, which come next.
        options.add_session_config_entry("session.force_spinning_stop", "1")
        self._session = onnxruntime.InferenceSession(model, options, providers=[provider])
        actual = self._session.get_providers()[0]
        if actual != provider:
            raise RuntimeRefused(
                f"{provider} is not usable here: onnxruntime fell back to {actual}"
            )
        # Else a lost GPU would be replaced by the CPU in the middle, without a word.
        self._session.disable_fallback()

    def run(self, rgb: U8) -> F32:
        """Return the heatmap (h / 4, w / 4) of an image (h, w, 3)."""
        (heatmaps,) = self._session.run(["heatmap"], {"field": rgb[None]})
        return np.asarray(heatmaps[0])


def offers_cuda() -> bool:
    """Tell whether this onnxruntime was built for CUDA, which says nothing of what works here."""
    try:
        onnxruntime = _silent_onnxruntime()
    except (ImportError, OSError):
        return False  # a broken installation; the candidate for the CPU will say what is wrong
    return "CUDAExecutionProvider" in onnxruntime.get_available_providers()


def _silent_onnxruntime() -> Any:
    """Import onnxruntime without its telemetry.

    From 1.29 on it otherwise sends what it runs, on which machine, to Microsoft, unasked, and
    keeps a device number in the home folder. The variable must stand before the library is
    loaded; on Windows the call is needed too (the package's Privacy.md).
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime  # noqa: PLC0415 - takes half a second, and not every run detects

    onnxruntime.disable_telemetry_events()
    return onnxruntime
