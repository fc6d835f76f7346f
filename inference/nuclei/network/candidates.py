"""Which ways there are to run a network here, those that are usually faster first."""

from importlib.util import find_spec
from pathlib import Path

from inference.nuclei.network.manifest import NetworkManifest, Variant, read_weights
from inference.nuclei.network.onnx_runtime import OnnxRuntime, Provider, offers_cuda
from inference.nuclei.network.openvino_runtime import OpenVinoRuntime
from inference.nuclei.network.runtime import Candidate, Runtime


def candidates(folder: Path, manifest: NetworkManifest, threads: int) -> tuple[Candidate, ...]:
    """Return every way to run the weights of a folder that is worth trying.

    A GPU takes the fp32 file. The plain way, fp32 in onnxruntime on the CPU, comes last.

    Parameters
    ----------
    folder, manifest
        Where the weights are, and what they are. A file's hash is checked whenever it is loaded.
    threads
        Of the CPU.
    """
    has_onnxruntime = find_spec("onnxruntime") is not None
    has_openvino = find_spec("openvino") is not None

    def openvino(variant: Variant) -> Candidate:
        def load() -> Runtime:
            return OpenVinoRuntime(read_weights(folder, manifest.variants[variant]), threads)

        return Candidate("OpenVINO CPU", variant, load)

    def onnxruntime(engine: str, provider: Provider, variant: Variant) -> Candidate:
        def load() -> Runtime:
            model = read_weights(folder, manifest.variants[variant])
            return OnnxRuntime(model, provider, threads)

        return Candidate(engine, variant, load)

    found = []
    if has_onnxruntime and offers_cuda():
        found.append(onnxruntime("onnxruntime CUDA", "CUDAExecutionProvider", "fp32"))
    for variant in sorted(manifest.variants, reverse=True):
        if has_openvino:
            found.append(openvino(variant))
        if has_onnxruntime:
            found.append(onnxruntime("onnxruntime CPU", "CPUExecutionProvider", variant))
    return tuple(found)
