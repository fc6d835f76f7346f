"""The engines themselves, on a network whose answer is known."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.arrays import F32, U8
from inference.nuclei.network.onnx_runtime import OnnxRuntime, offers_cuda
from inference.nuclei.network.openvino_runtime import OpenVinoRuntime
from inference.nuclei.network.runtime import Runtime, RuntimeRefused, checked_run

Open = Callable[[bytes, int], Runtime]


def onnxruntime_on_the_cpu(model: bytes, threads: int) -> Runtime:
    return OnnxRuntime(model, "CPUExecutionProvider", threads)


ENGINES: dict[str, Open] = {"onnxruntime": onnxruntime_on_the_cpu, "openvino": OpenVinoRuntime}


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Open:
    return ENGINES[request.param]


def literal_darkness(rgb: U8) -> F32:
    height, width = rgb.shape[:2]
    heatmap = np.zeros((height // 4, width // 4), np.float32)
    for y in range(height // 4):
        for x in range(width // 4):
            heatmap[y, x] = 1 - rgb[4 * y : 4 * y + 4, 4 * x : 4 * x + 4].mean() / 255
    return heatmap


def picture(height: int, width: int, seed: int = 0) -> U8:
    random = np.random.default_rng(seed)
    rgb: U8 = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
    rgb.flags.writeable = False  # as frames are
    return rgb


def test_the_known_answer_at_several_sizes(engine: Open, darkness_onnx: bytes) -> None:
    runtime = engine(darkness_onnx, 2)

    @settings(deadline=None, max_examples=15)
    @given(rows=st.integers(1, 4), columns=st.integers(1, 5), seed=st.integers(0, 99))
    def answers(rows: int, columns: int, seed: int) -> None:
        rgb = picture(32 * rows, 32 * columns, seed)
        np.testing.assert_allclose(checked_run(runtime, rgb), literal_darkness(rgb), atol=1e-5)

    answers()


def test_a_heatmap_outlives_the_next_run(engine: Open, darkness_onnx: bytes) -> None:
    runtime, rgb = engine(darkness_onnx, 2), picture(64, 64)
    heatmap = runtime.run(rgb)
    kept = heatmap.copy()
    runtime.run(picture(64, 64, seed=1))
    np.testing.assert_array_equal(heatmap, kept)


def test_threads_do_not_change_the_answer(engine: Open, darkness_onnx: bytes) -> None:
    rgb = picture(320, 256)
    one, *more = (engine(darkness_onnx, threads).run(rgb) for threads in (1, 2, 3))
    for heatmap in more:
        np.testing.assert_array_equal(heatmap, one)


def test_what_is_no_network_is_an_exception(engine: Open) -> None:
    with pytest.raises(Exception, match=r"."):
        engine(b"no network", 1)


def test_a_gpu_that_is_not_there_is_refused(darkness_onnx: bytes) -> None:
    if offers_cuda():
        pytest.skip("this onnxruntime was built for GPUs")
    with (
        pytest.warns(UserWarning, match="CUDAExecutionProvider"),
        pytest.raises(RuntimeRefused, match="fell back to CPUExecutionProvider"),
    ):
        OnnxRuntime(darkness_onnx, "CUDAExecutionProvider", 1)


OPEN_CLOSE_AND_CTRL_C = """
import gc, signal, sys
from inference.nuclei.network.onnx_runtime import OnnxRuntime
from inference.nuclei.network.openvino_runtime import OpenVinoRuntime
model = open(sys.argv[1], "rb").read()
opened = []
for _ in range(2):
    opened += OpenVinoRuntime(model, 1), OnnxRuntime(model, "CPUExecutionProvider", 1)
while opened:
    opened.pop(0)
    gc.collect()
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        continue
    raise SystemExit("Ctrl-C was lost")
"""


def test_ctrl_c_survives_runtimes_that_are_closed_in_their_order(
    tmp_path: Path, darkness_onnx: bytes
) -> None:
    model = tmp_path / "darkness.onnx"
    model.write_bytes(darkness_onnx)
    done = run_apart(OPEN_CLOSE_AND_CTRL_C, model, dict(os.environ))
    assert done.returncode == 0, done.stderr  # -11 is a segmentation fault


def run_apart(code: str, model: Path, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, str(model)],
        cwd=Path(__file__).parents[4],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


ONLY_OPEN = """
import sys
from inference.nuclei.network.onnx_runtime import OnnxRuntime
from inference.nuclei.network.openvino_runtime import OpenVinoRuntime
model = open(sys.argv[1], "rb").read()
opened = OnnxRuntime(model, "CPUExecutionProvider", 1), OpenVinoRuntime(model, 1)
assert "onnxruntime" in sys.modules and "openvino" in sys.modules
assert sys.modules["openvino_telemetry"] is None
"""


def test_neither_engine_reports_to_its_maker(tmp_path: Path, darkness_onnx: bytes) -> None:
    home, model = tmp_path / "home", tmp_path / "darkness.onnx"
    home.mkdir()
    model.write_bytes(darkness_onnx)
    # Both are silent of themselves where these say that a test runs, which would prove nothing.
    hints = ("CI", "GITHUB_ACTIONS", "TF_BUILD", "ORT_DISABLE_TELEMETRY")
    environ = {name: value for name, value in os.environ.items() if name not in hints}
    environ |= {name: str(home) for name in ("HOME", "USERPROFILE", "LOCALAPPDATA", "APPDATA")}
    environ = {name: value for name, value in environ.items() if not name.startswith("XDG_")}
    done = run_apart(ONLY_OPEN, model, environ)
    assert done.returncode == 0, done.stderr
    assert not [path for path in home.rglob("*") if path.is_file()]
