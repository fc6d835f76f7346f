"""A runtime may serve only where it gives the heatmap of the weights in full precision.

Precisions and engines round differently, which is harmless. Some machines do worse: on x86
processors without VNNI, onnxruntime adds two products of unsigned and signed bytes in 16 bits,
which overflow and are cut off (its documentation of quantization calls it U8S8 saturation), and
nothing says so. Only a picture shows it.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, partial

import numpy as np

from inference.arrays import F32, U8
from inference.nuclei.network.runtime import Candidate, Runtime, RuntimeRefused, checked_run

MOST_ERROR = 0.15
"""Root mean square of the difference of two heatmaps, as a part of that of the right one.

On the picture of `picture.py` int8 weights differ by 0.04 from fp32 weights; with sums cut off
at 16 bits by 0.56, and three nuclei in ten are lost or made up.
"""


def agreeing(candidates: Sequence[Candidate], picture: U8) -> tuple[Candidate, ...]:
    """Return the candidates, each of which is now refused on opening where it does not agree.

    Parameters
    ----------
    candidates
        In any order; the last one with fp32 weights that works says what is right.
    picture
        (h, w, 3) of nuclei at the network's pixel size, on which wrong arithmetic shows.
    """
    reference = _Reference(candidates, picture)
    return tuple(
        replace(candidate, open=partial(_opened, candidate, reference)) for candidate in candidates
    )


class _Reference:
    """The right heatmap of a picture, made when it is needed first."""

    def __init__(self, candidates: Sequence[Candidate], picture: U8) -> None:
        self._candidates = [each for each in candidates if each.variant == "fp32"]
        self.picture = picture

    @cached_property
    def heatmap(self) -> F32:
        for candidate in reversed(self._candidates):
            try:
                return checked_run(candidate.open(), self.picture)
            except Exception:  # opened for itself it says what is wrong
                continue
        raise RuntimeRefused("no runtime with the fp32 weights works here, to compare it with")


def _opened(candidate: Candidate, reference: _Reference) -> Runtime:
    """Open a candidate.

    Raises
    ------
    RuntimeRefused
        Its heatmap is another one, or none.
    Exception
        Whatever its engine raises.
    """
    runtime = candidate.open()
    heatmap, right = checked_run(runtime, reference.picture), reference.heatmap
    error, height = _rms(heatmap - right), _rms(right)
    if error > MOST_ERROR * height:
        raise RuntimeRefused(
            f"its heatmap differs by {error:.3f} from that of the fp32 weights, "
            f"whose mean height is {height:.3f}"
        )
    return runtime


def _rms(values: F32) -> float:
    return float(np.sqrt(np.mean(np.square(values, dtype=np.float64))))
