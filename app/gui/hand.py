"""What the pointer does with each tool: from presses and moves to intents, without Qt."""

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

import numpy as np

from app.gui import hit_test
from app.gui.field_layer import Selection, region_named
from app.gui.gestures import Box, CornerDrag, Gesture, Lasso, Polygon, Push, RegionDrag
from app.gui.intents import DeleteCells, DriveBy, Intent, MoveRegion, ReshapeRegion
from app.model.steps import CellNumber, Points
from app.session.events import ShownField

DRAG_PX = 4.0
"""A press that moves farther is a drag and no click, in pixels of the view."""
REACH_PX = 8.0
"""What is nearer than that counts as hit, however small it is in um."""


class Tool(Enum):
    """What the left button does; the values are names of actions."""

    SELECT = "tool-select"
    ADD = "tool-add"
    DELETE = "tool-delete"
    LASSO = "tool-lasso"
    POLYGON = "tool-polygon"


@dataclass(frozen=True)
class Pointer:
    """Where the pointer is: in pixels of the field, and of the view."""

    x_px: float
    y_px: float
    view_x: float
    view_y: float
    more: bool = False
    """Shift is held: select more, or draw a box."""

    @property
    def field(self) -> tuple[float, float]:
        """Place in the field."""
        return self.x_px, self.y_px


@dataclass(frozen=True)
class Scene:
    """What the pointer is over.

    Attributes
    ----------
    shown
        The field whose cells are seen; None when none may be edited.
    scale
        View pixels per field pixel.
    zoomed
        Whether a part of the field is shown; then pushing moves the view and not the stage.
    live
        Whether the picture is the live one.
    """

    shown: ShownField | None
    scale: float
    zoomed: bool
    live: bool

    def reach_um(self, um: float) -> float:
        """Return a reach that is never too few pixels."""
        return 0.0 if self.shown is None else max(um, REACH_PX / self.scale * self.shown.um_per_px)


@dataclass(frozen=True)
class Pan:
    """Push the view by pixels of the view."""

    dx: float
    dy: float


@dataclass(frozen=True)
class AskCells:
    """Ask what to do with the selected cells; `row` is the one that was clicked."""

    row: int


@dataclass(frozen=True)
class AskNewCell:
    """Ask for the class of a cell that was missed."""

    x_px: float
    y_px: float


@dataclass(frozen=True)
class AskArea:
    """Ask what to do with an area that was drawn."""

    outline: Points
    cells: tuple[CellNumber, ...]


@dataclass(frozen=True)
class AskRegion:
    """Ask what to do with the selected region."""

    region: str


@dataclass(frozen=True)
class Say:
    """Tell the user why nothing happened."""

    text: str


Outcome: TypeAlias = Intent | Pan | AskCells | AskNewCell | AskArea | AskRegion | Say
NO_FIELD = "No field is shown here: press the pedal first, or open a field"


class Hand:
    """Holds the tool, what is selected, and what is being drawn or dragged."""

    def __init__(self) -> None:
        self.tool = Tool.SELECT
        self.selection = Selection()
        self.gesture: Gesture | None = None
        self._from: Pointer | None = None

    def take_tool(self, tool: Tool) -> None:
        """Take another tool; what was being drawn is given up."""
        self.cancel()
        self.tool = tool

    def cancel(self) -> bool:
        """Give up what is being drawn, or else the selection; False when there was neither."""
        busy = self.gesture is not None
        had = busy or self.selection != Selection()
        self.gesture, self._from = None, None
        if not busy:
            self.selection = Selection()
        return had

    def press(self, at: Pointer, scene: Scene) -> list[Outcome]:
        """Take the press of the left button."""
        if self.tool is Tool.POLYGON:
            return self._add_corner(at, scene)
        self._from = at
        if self.tool is Tool.LASSO:
            if scene.shown is None:
                self._from = None
                return [Say(NO_FIELD)]
            self.gesture = Lasso((at.field,))
        return []

    def move(self, at: Pointer, scene: Scene) -> list[Outcome]:
        """Take a move, with or without the button."""
        gesture = self.gesture
        if isinstance(gesture, Polygon):
            self.gesture = Polygon(gesture.outline, at.field)
            return []
        if self._from is None:
            return []
        if gesture is None:
            far = np.hypot(at.view_x - self._from.view_x, at.view_y - self._from.view_y)
            if far < DRAG_PX:
                return []
            gesture = self.gesture = self._begun(self._from, scene)
        match gesture:
            case Push(x=x, y=y):
                self.gesture = Push(at.view_x, at.view_y)
                return [_pushed(at.view_x - x, at.view_y - y, scene)]
            case Box(start=start):
                self.gesture = Box(start, at.field)
            case Lasso():
                self.gesture = gesture.with_point(*at.field, 2.0 / scene.scale)
            case RegionDrag(region=region, start=(x, y)):
                self.gesture = RegionDrag(region, (x, y), (at.x_px - x, at.y_px - y))
            case CornerDrag():
                self.gesture = gesture.to(*at.field)
        return []

    def release(self, at: Pointer, scene: Scene) -> list[Outcome]:
        """Take the release of the left button."""
        begun, gesture = self._from, self.gesture
        if begun is None or isinstance(gesture, Polygon):
            return []
        self._from, self.gesture = None, None
        match gesture:
            case None:
                return self._click(at, scene)
            case Box():
                self._select_within(gesture.outline, scene, more=True)
            case Lasso():
                return self._drawn(gesture.smooth(1.0 / scene.scale), scene)
            case RegionDrag(region=region, by=(dx, dy)):
                return [MoveRegion(region.region, dx, dy)]
            case CornerDrag(region=region, outline=outline):
                return [ReshapeRegion(region.region, outline, region.holes)]
        return []

    def close_polygon(self, scene: Scene) -> list[Outcome]:
        """End a polygon with the corners that it has."""
        gesture = self.gesture
        if not isinstance(gesture, Polygon):
            return []
        self.gesture = None
        return self._drawn(gesture.outline, scene)

    def select(self, cells: frozenset[CellNumber]) -> None:
        """Select cells."""
        self.selection = Selection(cells)

    def _begun(self, at: Pointer, scene: Scene) -> Gesture:
        """Return what a drag from there is."""
        shown = scene.shown
        if self.tool is Tool.SELECT and shown is not None:
            region = region_named(shown, self.selection.region)
            if region is not None:
                reach = scene.reach_um(0.0)
                corner = hit_test.corner_at(region.exterior, *at.field, shown.um_per_px, reach)
                if corner is not None:
                    return CornerDrag(region, corner)
                if hit_test.region_at([region], *at.field) is not None:
                    return RegionDrag(region, at.field)
            if at.more:
                return Box(at.field, at.field)
        return Push(at.view_x, at.view_y)

    def _click(self, at: Pointer, scene: Scene) -> list[Outcome]:
        shown = scene.shown
        if shown is None:
            return [] if self.tool is Tool.SELECT else [Say(NO_FIELD)]
        row = hit_test.nearest_cell(
            shown.cells.edited.xy_px,
            ~shown.cells.deleted,
            *at.field,
            shown.um_per_px,
            scene.reach_um(hit_test.CELL_REACH_UM),
        )
        if self.tool is Tool.ADD:
            return [AskNewCell(at.x_px, at.y_px)]
        if self.tool is Tool.DELETE:
            if row is None:
                return [Say("No cell is near that place")]
            return [DeleteCells((int(shown.cells.numbers[row]),))]
        if row is not None:
            number = int(shown.cells.numbers[row])
            before = self.selection.cells if at.more else frozenset()
            self.selection = Selection(before ^ {number} if at.more else frozenset({number}))
            return [] if at.more else [AskCells(row)]
        region = hit_test.region_at(shown.regions, *at.field)
        again = region is not None and region == self.selection.region
        self.selection = Selection(region=region)
        return [AskRegion(region)] if region is not None and again else []

    def _add_corner(self, at: Pointer, scene: Scene) -> list[Outcome]:
        if scene.shown is None:
            return [Say(NO_FIELD)]
        gesture = self.gesture
        corners = gesture.outline if isinstance(gesture, Polygon) else ()
        if len(corners) >= 3:
            reach = scene.reach_um(0.0)
            first = hit_test.corner_at(corners[:1], *at.field, scene.shown.um_per_px, reach)
            if first is not None:
                return self.close_polygon(scene)
        self.gesture = Polygon((*corners, at.field), at.field)
        return []

    def _drawn(self, outline: Points, scene: Scene) -> list[Outcome]:
        shown = scene.shown
        if shown is None or not hit_test.worth_a_region(outline, shown.um_per_px):
            return []
        rows = hit_test.cells_within(shown.cells.edited.xy_px, ~shown.cells.deleted, outline)
        return [AskArea(outline, tuple(int(n) for n in shown.cells.numbers[rows]))]

    def _select_within(self, outline: Points, scene: Scene, *, more: bool) -> None:
        shown = scene.shown
        if shown is None:
            return
        rows = hit_test.cells_within(shown.cells.edited.xy_px, ~shown.cells.deleted, outline)
        found = frozenset(int(n) for n in shown.cells.numbers[rows])
        self.selection = Selection(self.selection.cells | found if more else found)


def _pushed(dx: float, dy: float, scene: Scene) -> Outcome:
    if scene.live and not scene.zoomed:
        return DriveBy(dx / scene.scale, dy / scene.scale)
    return Pan(dx, dy)
