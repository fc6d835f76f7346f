"""Pictures of an annotated image with what a detector found, missed and made up."""

import cv2
import numpy as np

from inference.arrays import F32, U8, Bool
from inference.nuclei.matching import Comparison
from models.training.annotations import AnnotatedPart

FOUND, FALSE, MISSED, NOT_COUNTED = (0, 190, 0), (230, 0, 0), (20, 80, 255), (130, 130, 130)
"""Green dots: found. Red crosses: false. Blue circles: missed. Gray dots: do not count."""

_LEAST_SIDE_PX = 1000
_LEGEND_PX = 24


def error_picture(
    rgb: U8, part: AnnotatedPart, is_tumor: Bool, detected: F32, comparison: Comparison
) -> U8:
    """Draw detections and missed nuclei on the annotated part of an image.

    Parameters
    ----------
    rgb
        (h, w, 3) whole image.
    is_tumor
        Per annotated nucleus, whether it was to be found.
    detected
        (n, 2) detections that `comparison` was made with.

    Returns
    -------
    (h', w', 3) the part, enlarged by a whole number where it is small, above a legend.
    """
    height, width = rgb.shape[:2]
    x0, y0, x1, y1 = (round(edge) for edge in part.box or (0, 0, width, height))
    x0, y0 = max(x0, 0), max(y0, 0)
    crop = rgb[y0:y1, x0:x1]
    factor = max(1, round(_LEAST_SIDE_PX / max(crop.shape[:2])))
    picture = cv2.resize(crop, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)

    def place(xy: F32) -> tuple[int, int]:
        x, y = (xy - np.array([x0, y0]) + 0.5) * factor
        return round(float(x)), round(float(y))

    finders = comparison.found_by[is_tumor]
    true = np.isin(np.arange(len(detected)), finders[finders >= 0])
    for xy, is_true, is_false in zip(detected, true, comparison.false_positive, strict=True):
        if is_false:
            cv2.drawMarker(picture, place(xy), FALSE, cv2.MARKER_TILTED_CROSS, 14, 2)
        else:
            cv2.circle(picture, place(xy), 5, FOUND if is_true else NOT_COUNTED, -1)
    for xy in part.xy[is_tumor & (comparison.found_by < 0)]:
        cv2.circle(picture, place(xy), 9, MISSED, 2)
    legend = np.full((_LEGEND_PX, picture.shape[1], 3), 255, np.uint8)
    words = (("found", FOUND), ("false", FALSE), ("missed", MISSED), ("not counted", NOT_COUNTED))
    for i, (word, color) in enumerate(words):
        cv2.putText(legend, word, (8 + 110 * i, 17), cv2.FONT_HERSHEY_SIMPLEX, 0.5, color, 1)
    return np.vstack([picture, legend]).astype(np.uint8)
