"""Array types of pictures."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

U8: TypeAlias = npt.NDArray[np.uint8]
"""A picture (h, w, 3) of bytes, red, green, blue."""
