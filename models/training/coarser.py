"""What a 20x objective would have seen, made of the picture of a 40x one."""

import cv2
import numpy as np

from inference.arrays import U8

UM_PER_PX = 0.424
"""Of the camera behind the 20x objective."""

_FINE_NA, _COARSE_NA = 0.75, 0.5
_WAVELENGTH_UM = 0.55
_SIGMA_PER_RESEL = 0.21
"""Standard deviation of the Gaussian nearest to an Airy disk, in wavelengths / NA (Zhang 2007)."""

_FULL_WELL = 10_000.0
_JPEG_QUALITY = 90
_SEED = 20


def as_20x(rgb: U8, um_per_px: float) -> tuple[U8, float]:
    """Blur to the aperture of a 20x objective, bin to its pixels, add shot noise, store as JPEG.

    Parameters
    ----------
    rgb
        (h, w, 3) of a 40x objective.
    um_per_px
        Pixel size; an image that is as coarse already is only blurred and stored again.

    Returns
    -------
    The picture, and its pixel size.
    """
    fine, coarse = (_SIGMA_PER_RESEL * _WAVELENGTH_UM / na for na in (_FINE_NA, _COARSE_NA))
    light = rgb.astype(np.float32) / 255
    light = cv2.GaussianBlur(light, (0, 0), (coarse**2 - fine**2) ** 0.5 / um_per_px)
    factor = UM_PER_PX / um_per_px
    if factor > 1:
        size = (round(rgb.shape[1] / factor), round(rgb.shape[0] / factor))
        light = cv2.resize(light, size, interpolation=cv2.INTER_AREA)
    else:
        factor = 1.0
    random = np.random.default_rng(_SEED)
    light += random.normal(0, 1, light.shape) * np.sqrt(light / _FULL_WELL)
    noisy = np.clip(np.rint(255 * light), 0, 255).astype(np.uint8)
    _, stored = cv2.imencode(".jpg", noisy[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    read = cv2.imdecode(stored, cv2.IMREAD_COLOR)
    return np.ascontiguousarray(read[..., ::-1], np.uint8), um_per_px * factor
