"""Large images are cut into fields in bounded memory."""

import subprocess
import sys
from pathlib import Path

import pytest
import pyvips

READ = """
import sys
from pathlib import Path
from app.storage.images import open_image

def peak_mb():
    if sys.platform == "linux":
        # Not getrusage: its peak survives exec, so that a child starts with that of its parent.
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1000
    if sys.platform == "win32":
        import psutil
        return psutil.Process().memory_info().peak_wset / 1e6
    import resource
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6

image = open_image(Path(sys.argv[1]), 0.25)
pixels = fields = 0
for field in image.fields():
    pixels += field.rgb.size // 3
    fields += 1
assert pixels == image.width * image.height
assert fields == image.field_count
print(peak_mb())
"""


def write_large(path: Path, side: int) -> None:
    """Write a colored pattern row by row; smooth, so that it is small on disk."""
    place = pyvips.Image.xyz(side, side)
    pattern = (place[0] * 0.01).bandjoin([place[1] * 0.013, (place[0] + place[1]) * 0.007])
    rgb = ((pattern % 160) + 60).cast("uchar").copy(interpretation="srgb")
    options = {"compression": "jpeg", "tile": True, "tile_width": 512, "tile_height": 512}
    rgb.write_to_file(str(path), **(options if path.suffix == ".tif" else {"Q": 75}))


def peak_mb(path: Path) -> float:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", READ, str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return float(done.stdout)


@pytest.mark.parametrize("name", ["large.jpg", "large.tif"])
def test_144_megapixels_take_less_than_themselves(tmp_path: Path, name: str) -> None:
    write_large(tmp_path / name, 12_000)  # 432 MB of pixels, 108 MB a band of fields
    assert peak_mb(tmp_path / name) < 330


@pytest.mark.slow
@pytest.mark.parametrize("name", ["huge.jpg", "huge.tif"])
def test_900_megapixels_take_less_than_900_mb(tmp_path: Path, name: str) -> None:
    write_large(tmp_path / name, 30_000)  # 2700 MB of pixels, 246 MB a band of fields
    assert peak_mb(tmp_path / name) < 900
