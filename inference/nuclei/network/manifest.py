"""The manifest beside the weights of a network: what the files are and how they are used."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from inference.grid import ANALYSIS_UM_PER_PX
from inference.nuclei.unavailable import DetectorUnavailable

MANIFEST = "manifest.json"
"""Name of the manifest in a folder of weights."""

Variant = Literal["fp32", "int8"]

_Text = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00-\x1f\x7f]*$")]
_Part = Annotated[float, Field(ge=0, le=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class WeightsFile(_Strict):
    """One file of weights.

    Attributes
    ----------
    file
        Its name, in the folder of the manifest.
    sha256
        Of its bytes, in hexadecimal.
    """

    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]*\.onnx$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class WeightsFiles(_Strict):
    """The same network in full and in reduced precision; int8 is QDQ as onnxruntime writes it."""

    fp32: WeightsFile
    int8: WeightsFile | None = None


class InputLayout(_Strict):
    """What goes in: bytes (n, height, width, 3), normalized inside the graph."""

    name: Literal["field"]
    layout: Literal["NHWC"]
    color: Literal["RGB"]
    type: Literal["uint8"]
    multiple_of_px: Literal[32]


class HeatmapLayout(_Strict):
    """What comes out: float32 (n, height / 4, width / 4), about 0 to 1, a peak at each nucleus.

    Cell i is centered at pixel ``(i + 0.5) * 4 - 0.5``.
    """

    name: Literal["heatmap"]
    stride_px: Literal[4]


class Score(_Strict):
    """A measured score: on which set, at which pixel size, by which file of weights."""

    set: _Text
    variant: Variant
    um_per_px: Annotated[float, Field(gt=0, le=5)]
    f1: _Part
    recall: _Part
    precision: _Part


class NetworkManifest(_Strict):
    """What a network is and how its heatmap becomes nuclei.

    Attributes
    ----------
    format
        Version of this form.
    name, version
        Stand in the provenance of every result.
    files
        Weights.
    um_per_px
        Pixel size of the input: that of the analysis grid.
    input, heatmap
        What goes in and comes out.
    context_px
        How far a heatmap value sees, to each side, in input pixels. Fields too large for the
        memory are cut into tiles that overlap by so much.
    threshold
        Least heatmap value of a nucleus.
    suppression_radius_um
        Least distance of two nuclei.
    training_data
        One line per source, with its license.
    scores
        Measured on images that were not used for training.
    license
        Of the weights.
    """

    format: Literal[1]
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
    version: Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z.+-]{0,31}$")]
    files: WeightsFiles
    um_per_px: Annotated[float, Field(gt=0, le=5)]
    input: InputLayout
    heatmap: HeatmapLayout
    context_px: Annotated[int, Field(ge=0, le=2048, multiple_of=32)]
    threshold: Annotated[float, Field(gt=0, lt=1)]
    suppression_radius_um: Annotated[float, Field(gt=0, le=20)]
    training_data: Annotated[tuple[_Text, ...], Field(strict=False, min_length=1)]
    scores: Annotated[tuple[Score, ...], Field(strict=False)]
    license: _Text

    @model_validator(mode="after")
    def _made_for_the_grid(self) -> "NetworkManifest":
        if abs(self.um_per_px / ANALYSIS_UM_PER_PX - 1) > 1e-3:
            raise ValueError(
                f"made for {self.um_per_px:g} um per px, and this program works at "
                f"{ANALYSIS_UM_PER_PX:g}"
            )
        return self

    @property
    def variants(self) -> Mapping[Variant, WeightsFile]:
        """Return the files by precision."""
        files: dict[Variant, WeightsFile] = {"fp32": self.files.fp32}
        if self.files.int8 is not None:
            files["int8"] = self.files.int8
        return files


def read_manifest(folder: Path) -> NetworkManifest:
    """Read the manifest in a folder of weights.

    Raises
    ------
    DetectorUnavailable
        One line: there is none, or what is wrong in it.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise DetectorUnavailable("no trained network is installed")
    try:
        return NetworkManifest.model_validate(json.loads(path.read_text("utf-8")))
    except ValidationError as error:
        raise DetectorUnavailable(f"{path}: {_one_line(error)}") from error
    except (OSError, ValueError) as error:  # bad UTF-8 and bad JSON are ValueErrors
        raise DetectorUnavailable(f"{path} cannot be read: {error}") from error


def read_weights(folder: Path, file: WeightsFile) -> bytes:
    """Return the bytes of a file of weights, which are those that the manifest means.

    Raises
    ------
    DetectorUnavailable
        One line: the file is missing, cannot be read, or is damaged.
    """
    path = folder / file.file
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise DetectorUnavailable(
            f"the network's weights {path} are missing (install the program again)"
        ) from error
    except OSError as error:
        raise DetectorUnavailable(f"the network's weights cannot be read: {error}") from error
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise DetectorUnavailable(
            f"the network's weights {path} are damaged, they have not the SHA-256 of the manifest "
            "(install the program again)"
        )
    return content


def _one_line(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    text = first["msg"].removeprefix("Value error, ")
    return f"{place + ': ' if place else ''}{text}"
