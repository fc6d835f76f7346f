"""Whether nuclei are as large as nuclei are: a wrong objective makes all of them half or twice.

Every length of the method is in micrometers, so a pixel size that is wrong by the factor between
two objectives gives wrong cells without any other sign. The size of tumor nuclei is known well
enough to tell a factor of two, and not to calibrate anything.

The diameters must come from outlines that know nothing of the pixel size. The program's detectors
give points, and look for nuclei of the size that the pixel size promises: at a wrong one they find
other points (parts of nuclei, or groups), whose surroundings measure nearly as they should. Tried
on simulated fields and on real cores: measured around detected points a factor of two showed as
0.9 to 1.5, within what differs from one patient to the next. So nothing in the
program calls this yet.
"""

from dataclasses import dataclass

import numpy as np

from inference.arrays import F32

SMALLEST_UM, LARGEST_UM = 7.5, 10.1
"""Mean diameters of tumor nuclei in paraffin sections of the breast, as circles of the mean areas
that are published: 44 um2 in low-grade and 72 um2 in high-grade carcinoma in situ (Mod Pathol
2001;14:937-41), 80 um2 as the limit of large ones in stage I and II cancer (Watanabe et al., Gan To
Kagaku Ryoho 1995;22 Suppl 1:75-80)."""

MARGIN = 1.3
"""Factor by which a field may lie outside. It must be below 1.49: the largest nuclei at half their
size (5.05 um) and the smallest ones at twice theirs (15 um) are to be doubted."""

FEWEST = 30
"""Below this many nuclei nothing is said."""


@dataclass(frozen=True)
class SizeDoubt:
    """The pixel size does not go with the nuclei.

    Attributes
    ----------
    diameter_um
        Median diameter of the nuclei at the pixel size that is set.
    text
        One line for the user.
    """

    diameter_um: float
    text: str


def size_doubt(diameters_px: F32, um_per_px: float, objective: str = "") -> SizeDoubt | None:
    """Return why the pixel size is doubted, or None when there is no reason, or too few nuclei.

    Parameters
    ----------
    diameters_px
        (n,) diameters of outlined tumor nuclei, as circles of their areas; those that are not
        finite are left out.
    um_per_px
        The pixel size that is set.
    objective
        Name of the objective that is set, for the message.

    Raises
    ------
    ValueError
        The pixel size is not positive.
    """
    if not um_per_px > 0:
        raise ValueError(f"a pixel size must be positive, not {um_per_px:g} um per px")
    finite = diameters_px[np.isfinite(diameters_px)]
    if len(finite) < FEWEST:
        return None
    median_um = float(np.median(finite)) * um_per_px
    if SMALLEST_UM / MARGIN <= median_um <= LARGEST_UM * MARGIN:
        return None
    # At 20x with the pixel size of 40x everything measures half of what it is.
    real = "weaker" if median_um < SMALLEST_UM else "stronger"
    named = f" {objective}" if objective else ""
    return SizeDoubt(
        median_um,
        f"the nuclei measure {median_um:.1f} um, usual are {SMALLEST_UM:g} to {LARGEST_UM:g}: is "
        f"the objective{named} in the light, and not a {real} one?",
    )
