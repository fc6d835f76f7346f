"""Names for the array types of the renderer."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

U8: TypeAlias = npt.NDArray[np.uint8]
I64: TypeAlias = npt.NDArray[np.int64]
F32: TypeAlias = npt.NDArray[np.float32]
F64: TypeAlias = npt.NDArray[np.float64]
Bool: TypeAlias = npt.NDArray[np.bool_]
Records: TypeAlias = npt.NDArray[Any]
"""Structured arrays: one record per cell, nucleus or duct."""
Record: TypeAlias = Any
"""One record of such an array; only compiled code sees its fields as attributes."""
