"""From which pixel size on nuclei cannot be told any more."""

COARSEST_UM_PER_PX = 1.0
"""A nucleus is then some seven pixels wide."""


def require_nuclei_visible(um_per_px: float) -> None:
    """Raise ValueError, with one line for the user, if the pixels are too large to see nuclei."""
    if um_per_px > COARSEST_UM_PER_PX:
        raise ValueError(
            f"nuclei cannot be told at {um_per_px:g} um per px; take images at "
            f"{COARSEST_UM_PER_PX:g} um per px or finer"
        )
