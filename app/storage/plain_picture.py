"""A picture of which neither color nor pixel size is known, such as that of a stage micrometer."""

from pathlib import Path

import cv2
import numpy as np

from app.storage.image_kind import image_kind
from app.storage.image_problem import ImageProblem
from inference.arrays import U8


def read_plain_picture(path: Path) -> U8:
    """Return a JPEG, PNG or TIFF, gray or in color, as (h, w, 3) RGB as the camera stored it.

    More than 8 bits are cut to 8.

    Raises
    ------
    ImageProblem
        It is missing, no image, damaged or too large.
    """
    image_kind(path)
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
        # Not turned upright by what the file says: width and height are those of the camera.
        bgr = cv2.imdecode(data, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    except (OSError, cv2.error) as error:
        raise ImageProblem(f"the picture cannot be read: {str(error).splitlines()[0]}") from error
    if bgr is None:
        raise ImageProblem("the picture is damaged or of a kind that cannot be read: save a PNG")
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)
