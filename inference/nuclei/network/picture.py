"""The drawn picture on which runtimes are compared and timed."""

import cv2
import numpy as np

from inference.arrays import U8

_CYTOPLASM, _NUCLEUS = (215, 205, 215), (175, 170, 200)
_TEXTURE = np.array([8.0, 9.6, 4.8], np.float32)


def nuclei_picture(side_px: int) -> U8:
    """Return (side, side, 3) RGB of pale blue nuclei without brown, which a network finds.

    Where it found nothing, one runtime's heatmap would be like another's whatever they did. Pale
    unstained tissue is where sums that are cut off do most harm: with brown rings around the
    nuclei the heatmap differs by a sixth, without them by more than a half.
    """
    random = np.random.default_rng(0)
    texture = random.standard_normal((side_px, side_px), np.float32)
    texture = np.asarray(cv2.GaussianBlur(texture, (0, 0), 3.0), np.float32)
    picture = np.array(_CYTOPLASM, np.float32) - (texture / texture.std())[..., None] * _TEXTURE
    for _ in range(side_px * side_px // 900):
        x, y = random.integers(0, side_px, 2).tolist()
        radius, angle = int(random.integers(8, 12)), float(random.integers(0, 180))
        cv2.ellipse(picture, ((x, y), (2 * radius, 1.6 * radius), angle), _NUCLEUS, -1)
    noise = random.integers(0, 16, picture.shape)
    noisy = cv2.GaussianBlur(picture, (0, 0), 1.2) - noise
    return np.asarray(np.clip(noisy, 0, 255), np.uint8)
