"""Every step of one field, timed beside the plain chain."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.bench import plain_chain as plain
from app.bench.timing import Timing, interleaved
from app.installed_network import installed_network
from hardware.simulators.tissue import Optics, pattern, render_field
from inference.analyser import MeasuredField, classify_field, describe_field, measure_field
from inference.arrays import F32, U8
from inference.cells.ring import RingProfiles, RingSettings, ray_limits, ring_profiles
from inference.cells.ring_classes import classify_rings
from inference.cells.table import CellTable
from inference.grid import analysis_grid
from inference.membrane.description import describe
from inference.membrane.paper_classes import classify_by_masks
from inference.nuclei.choice import choose_detector, runtimes_left_out
from inference.nuclei.points import NucleusPoints
from inference.stain.deconvolution import Deconvolution
from inference.stain.density import White
from inference.stain.enhancement import Background, Enhancement, enhance
from inference.stain.profile import StainProfile

LEAST_AGREEMENT = 0.99
"""Least part of the cells to which both chains must give the same class, for their times to be
comparable; what may differ stands in `app.bench.plain_chain`."""

_BACKGROUND, _RINGS = Background(), RingSettings()


@dataclass(frozen=True)
class FieldBench:
    """The timings of one kind of field.

    Attributes
    ----------
    title
        E.g. ``3008 x 3008 px at 0.212 um/px (grid 1504 x 1504)``.
    cells
        Number of cells in it.
    timings
        One per step, then sums.
    agreement
        By method, the part of the cells to which both chains give the same class; empty without
        the plain chain.
    runtimes_left_out
        A line for each way to run the network that is not used here, and why.
    """

    title: str
    cells: int
    timings: tuple[Timing, ...]
    agreement: dict[str, float]
    runtimes_left_out: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Tell whether both chains do the same, so that their times may be compared."""
        return all(share >= LEAST_AGREEMENT for share in self.agreement.values())


def bench_field(
    side_px: int, um_per_px: float, stain: StainProfile, repeats: int, *, with_plain: bool
) -> FieldBench:
    """Time a simulated square field of score 2+.

    Parameters
    ----------
    side_px, um_per_px
        Size of the field and of its pixels.
    repeats
        Runs of each step; the plain chain has a third of them.
    with_plain
        Whether the plain chain runs too.
    """
    optics = Optics()
    rgb = render_field(pattern("2+"), 1, 0.0, 0.0, side_px, side_px, um_per_px, optics=optics).rgb
    detector, _ = choose_detector("auto", stain.vectors, optics.white, installed_network())
    field = _Field(rgb, um_per_px, stain, optics.white, detector.detect(rgb, um_per_px))
    ours, theirs = _OurChain(field), _PlainChain(field)
    steps: list[tuple[str, Callable[[], object], Callable[[], object] | None]] = [
        (f"nuclei ({detector.name})", lambda: detector.detect(rgb, um_per_px), None),
        ("reduction to the grid", lambda: analysis_grid(rgb, um_per_px), None),
        ("DAB density", ours.dab, theirs.dab),
        ("enhancement", ours.enhancement, theirs.enhancement),
        ("rings of the cells, classes", ours.ring_codes, theirs.ring_codes),
        ("masks, skeleton, areas, classes", ours.mask_codes, theirs.mask_codes),
        ("moved threshold: new classes", ours.new_classes, None),
        ("moved threshold: classes and membranes", ours.new_membranes, None),
        ("membrane chain", ours.chain, theirs.chain),
        ("whole field without nuclei", ours.whole_field, None),
    ]
    timings = [
        interleaved(name, our_step, their_step if with_plain else None, repeats)
        for name, our_step, their_step in steps
    ]
    agreement = {}
    if with_plain and len(field.nuclei):
        agreement["ring"] = float(np.mean(ours.ring_codes() == theirs.ring_codes()))
        agreement["paper"] = float(np.mean(ours.mask_codes_at_pixels() == theirs.mask_codes()))
    height, width = field.grid.rgb.shape[:2]
    title = f"{side_px} x {side_px} px at {um_per_px} um/px (grid {width} x {height})"
    left_out = runtimes_left_out(detector)
    return FieldBench(title, len(field.nuclei), tuple(timings), agreement, left_out)


class _Field:
    """A field, and what each step starts from: the result of the steps before it."""

    def __init__(
        self, rgb: U8, um_per_px: float, stain: StainProfile, white: White, nuclei: NucleusPoints
    ) -> None:
        self.rgb, self.um_per_px, self.stain, self.white = rgb, um_per_px, stain, white
        self.nuclei = nuclei
        self.grid = analysis_grid(rgb, um_per_px)
        self.um = self.grid.um_per_px
        self.xy = self.grid.from_field(nuclei.xy_px)
        height, width = self.grid.rgb.shape[:2]
        last = np.array([width - 1, height - 1], np.float32)
        self.nearest_px = np.clip(np.floor(self.xy + np.float32(0.5)), np.float32(0), last)
        self.deconvolution = Deconvolution(stain.vectors, white)
        self.dab = self.deconvolution.dab(self.grid.rgb)
        self.enhanced = enhance(self.dab, self.um, _BACKGROUND)
        self.levels, self.limits = stain.unit_levels, stain.completeness


@dataclass(frozen=True)
class _KnownNuclei:
    """A detector that knows its answer: the detection is timed by itself."""

    points: NucleusPoints
    name: str = "known"

    def detect(self, rgb: U8, um_per_px: float) -> NucleusPoints:
        """Return the points."""
        del rgb, um_per_px
        return self.points


class _OurChain:
    """The program's own way."""

    def __init__(self, field: _Field) -> None:
        self._field = field
        self._measured = self._measure()

    def dab(self) -> U8:
        return self._field.deconvolution.dab(self._field.grid.rgb)

    def enhancement(self) -> Enhancement:
        return enhance(self._field.dab, self._field.um, _BACKGROUND)

    def ring_codes(self) -> U8:
        return self._classified(self._rings(self._field.enhanced))

    def mask_codes(self) -> U8:
        return self._masks(self._field.enhanced, self._field.xy)

    def mask_codes_at_pixels(self) -> U8:
        """Ask the masks where the plain chain can: at the pixel nearest to the nucleus."""
        return self._masks(self._field.enhanced, self._field.nearest_px)

    def chain(self) -> None:
        enhanced = enhance(self.dab(), self._field.um, _BACKGROUND)
        self._classified(self._rings(enhanced))
        self._masks(enhanced, self._field.xy)

    def new_classes(self) -> U8:
        return self._classified(self._measured.rings)

    def new_membranes(self) -> CellTable:
        stain = self._field.stain
        return classify_field(self._measured, describe_field(self._measured, stain), stain)

    def whole_field(self) -> CellTable:
        found, stain = self._measure(), self._field.stain
        return classify_field(found, describe_field(found, stain), stain)

    def _measure(self) -> MeasuredField:
        field = self._field
        known = _KnownNuclei(field.nuclei)
        return measure_field(field.rgb, field.um_per_px, field.stain, field.white, known)

    def _rings(self, enhanced: Enhancement) -> RingProfiles:
        field = self._field
        return ring_profiles(enhanced.contrast, enhanced.density, field.xy, field.um, _RINGS)

    def _classified(self, rings: RingProfiles) -> U8:
        limits = self._field.limits
        return classify_rings(rings, self._field.levels, limits.complete, limits.touched).codes

    def _masks(self, enhanced: Enhancement, xy: F32) -> U8:
        field, limits = self._field, self._field.limits
        found = describe(
            enhanced.contrast,
            enhanced.density,
            field.levels,
            field.um,
            limits.min_area_um2,
            limits.max_area_um2,
        )
        return classify_by_masks(found, xy, limits.dilation_um, field.um).codes


class _PlainChain:
    """The same from scikit-image, SciPy and OpenCV."""

    def __init__(self, field: _Field) -> None:
        self._field = field
        self._ray_um = ray_limits(field.xy, field.um, _RINGS)

    def dab(self) -> U8:
        return plain.dab(self._field.grid.rgb, self._field.stain.vectors, self._field.white)

    def enhancement(self) -> tuple[U8, U8]:
        return plain.enhanced(self._field.dab, self._field.um, _BACKGROUND)

    def ring_codes(self) -> U8:
        enhanced = self._field.enhanced
        return self._rings(enhanced.contrast, enhanced.density)

    def mask_codes(self) -> U8:
        enhanced = self._field.enhanced
        return self._masks(enhanced.contrast, enhanced.density)

    def chain(self) -> None:
        density, contrast = plain.enhanced(self.dab(), self._field.um, _BACKGROUND)
        self._rings(contrast, density)
        self._masks(contrast, density)

    def _rings(self, contrast: U8, density: U8) -> U8:
        field, limits = self._field, self._field.limits
        rays = plain.rings(contrast, density, field.xy, self._ray_um, field.um, _RINGS)
        return plain.ring_classes(rays, field.levels, limits.complete, limits.touched)

    def _masks(self, contrast: U8, density: U8) -> U8:
        field, limits = self._field, self._field.limits
        least, most = limits.min_area_um2 / field.um**2, limits.max_area_um2 / field.um**2
        masks = plain.masks(contrast, density, field.levels)
        thin = plain.skeleton(masks[0])
        lines = [thin & mask for mask in masks]
        areas = [plain.enclosed(line, least, most) for line in lines]
        plain.line_classes(lines, areas)
        radius_px = limits.dilation_um / field.um
        return plain.mask_classes(masks, lines, areas, field.nearest_px, radius_px)
