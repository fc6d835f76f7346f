"""Every step of one field, timed beside the plain chain."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.bench import plain_chain as plain
from app.bench.timing import Timing, interleaved
from hardware.simulators.tissue import pattern, render_field
from inference.analyser import classify_field, describe_field, measure_field
from inference.arrays import U8
from inference.cells.ring import RingSettings, ray_limits, ring_profiles
from inference.cells.ring_classes import classify_rings
from inference.grid import analysis_grid
from inference.membrane.description import describe
from inference.membrane.paper_classes import classify_by_masks
from inference.nuclei.choice import choose_detector
from inference.nuclei.points import NucleusPoints
from inference.stain.deconvolution import Deconvolution
from inference.stain.enhancement import Background, Enhancement, enhance
from inference.stain.profile import StainProfile


@dataclass(frozen=True)
class FieldBench:
    """The timings of one kind of field.

    Attributes
    ----------
    title
        E.g. ``40x field 3008 x 3008 at 0.212 um/px``.
    cells
        Number of cells in it.
    timings
        One per step, then sums.
    agreement
        By method, the part of the cells to which both chains give the same class.
    """

    title: str
    cells: int
    timings: tuple[Timing, ...]
    agreement: dict[str, float]


@dataclass(frozen=True)
class _Fixed:
    """A detector that knows its answer: the detection is timed by itself."""

    points: NucleusPoints
    name: str = "fixed"

    def detect(self, rgb: U8, um_per_px: float) -> NucleusPoints:
        """Return the points."""
        del rgb, um_per_px
        return self.points


def bench_field(
    side_px: int, um_per_px: float, stain: StainProfile, repeats: int, *, with_plain: bool
) -> FieldBench:
    """Time a simulated square field of score 2+."""
    rgb = render_field(pattern("2+"), 1, 0.0, 0.0, side_px, side_px, um_per_px).rgb
    white = (240.0, 240.0, 240.0)
    detector, _ = choose_detector("auto", stain.vectors, white)
    nuclei = detector.detect(rgb, um_per_px)
    fixed = _Fixed(nuclei)
    grid = analysis_grid(rgb, um_per_px)
    xy, um = grid.from_field(nuclei.xy_px), grid.um_per_px
    deconvolution = Deconvolution(stain.vectors, white)
    dab = deconvolution.dab(grid.rgb)
    background = Background()
    enhanced = enhance(dab, um, background)
    contrast, density = enhanced.contrast, enhanced.density
    settings, levels, limits = RingSettings(), stain.unit_levels, stain.completeness
    measured = measure_field(rgb, um_per_px, stain, white, fixed)
    ray_um = ray_limits(xy, um, settings)
    least, most = limits.min_area_um2 / um**2, limits.max_area_um2 / um**2

    def our_dab() -> U8:
        return deconvolution.dab(grid.rgb)

    def plain_dab() -> U8:
        return plain.dab(grid.rgb, stain.vectors, white)

    def plain_masks() -> tuple[U8, U8]:
        found = plain.masks(contrast, density, levels)
        thin = plain.skeleton(found[0])
        lines = [thin & mask for mask in found]
        areas = [plain.enclosed(line, least, most) for line in lines]
        radius = limits.dilation_um / um
        return plain.line_classes(lines, areas), plain.mask_classes(found, areas, xy, radius)

    def plain_rings() -> U8:
        along = plain.rings(contrast, density, xy, ray_um, um, settings)
        return plain.ring_classes(*along, levels, limits.complete, limits.touched)

    def our_masks() -> U8:
        found = describe(contrast, density, levels, um, limits.min_area_um2, limits.max_area_um2)
        return classify_by_masks(found, xy, limits.dilation_um, um).codes

    def our_rings() -> U8:
        found = ring_profiles(contrast, density, xy, um, settings)
        return classify_rings(found, levels, limits.complete, limits.touched).codes

    def our_chain() -> None:
        enhanced = enhance(our_dab(), um, background)
        ring_profiles(enhanced.contrast, enhanced.density, xy, um, settings)
        our_masks()

    def plain_chain() -> None:
        smooth, raised = plain.enhanced(plain_dab(), um, background)
        plain.rings(raised, smooth, xy, ray_um, um, settings)
        plain_masks()

    def whole() -> None:
        found = measure_field(rgb, um_per_px, stain, white, fixed)
        classify_field(found, describe_field(found, stain), stain)

    def our_enhancement() -> Enhancement:
        return enhance(dab, um, background)

    def new_classes() -> None:
        classify_rings(measured.rings, levels, limits.complete, limits.touched)

    def new_membranes() -> None:
        classify_field(measured, describe_field(measured, stain), stain)

    steps: list[tuple[str, Callable[[], object], Callable[[], object] | None]] = [
        (f"nuclei ({detector.name})", lambda: detector.detect(rgb, um_per_px), None),
        ("reduction to the grid", lambda: analysis_grid(rgb, um_per_px), None),
        ("DAB density", our_dab, plain_dab),
        ("enhancement", our_enhancement, lambda: plain.enhanced(dab, um, background)),
        ("rings of the cells", our_rings, plain_rings),
        ("masks, skeleton, areas, classes", our_masks, plain_masks),
        ("moved threshold: new classes", new_classes, None),
        ("moved threshold: classes and membranes", new_membranes, None),
        ("membrane chain", our_chain, plain_chain),
        ("whole field without nuclei", whole, None),
    ]
    timings = [
        interleaved(name, ours, theirs if with_plain else None, repeats)
        for name, ours, theirs in steps
    ]
    agreement = {}
    if with_plain:
        agreement["ring"] = float(np.mean(our_rings() == plain_rings()))
        agreement["paper"] = float(np.mean(our_masks() == plain_masks()[1]))
    grid_px = grid.rgb.shape[0]
    title = f"{side_px} x {side_px} px at {um_per_px} um/px (grid {grid_px} x {grid_px})"
    return FieldBench(title, len(nuclei), tuple(timings), agreement)
