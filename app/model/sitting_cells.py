"""The cells of a field as proposed, and as the pathologist left them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.model.sitting_state import FieldEdits
from inference.arrays import I32, Bool
from inference.cells.table import CellTable
from inference.regions import Region, counted


@dataclass(frozen=True, eq=False)
class EditedCells:
    """Both tables of a field; the first n cells of `edited` are those of `proposed`.

    Attributes
    ----------
    proposed
        n cells as they were detected and classified; counted inside the regions.
    edited
        The same with the pathologist's classes, deleted cells not counted, followed by the
        added ones, whose measurements are nan and whose confidence is 1.
    numbers
        Number of each cell of `edited`, as steps name it (`app.model.steps.CellNumber`).
    touched
        Which cells of `edited` the pathologist changed, deleted or added: they are marked.
    deleted
        Which of them were deleted.
    """

    proposed: CellTable
    edited: CellTable
    numbers: I32
    touched: Bool
    deleted: Bool


def edited_cells(cells: CellTable, edits: FieldEdits, regions: Sequence[Region]) -> EditedCells:
    """Lay regions and edits over the classified cells of a field.

    Parameters
    ----------
    cells
        Classified without regions.
    edits
        What the pathologist changed.
    regions
        In pixels of the field.
    """
    n, more = len(cells), len(edits.added)
    inside = counted(cells.xy_px, regions)
    proposed = replace(cells, counted=inside)
    added_xy = np.array([(a.x_px, a.y_px) for a in edits.added], np.float32).reshape(more, 2)
    numbers = np.concatenate([np.arange(n), [a.cell for a in edits.added]]).astype(np.int32)
    place = {int(number): row for row, number in enumerate(numbers)}
    classes = np.concatenate([cells.cell_class, [a.cell_class for a in edits.added]])
    classes = classes.astype(np.uint8)
    touched = np.zeros(n + more, np.bool_)
    deleted = np.zeros(n + more, np.bool_)
    touched[n:] = True
    for number, cell_class in edits.classes.items():
        classes[place[number]] = cell_class
        touched[place[number]] = True
    deleted[[place[number] for number in edits.deleted]] = True
    unknown = np.full(more, np.nan, np.float32)
    edited = CellTable(
        xy_px=np.concatenate([cells.xy_px, added_xy]),
        confidence=np.concatenate([cells.confidence, np.ones(more, np.float32)]),
        cell_class=classes,
        ring_od=np.concatenate([cells.ring_od, unknown]),
        completeness=np.concatenate([cells.completeness, unknown]),
        completeness_intense=np.concatenate([cells.completeness_intense, unknown]),
        enclosed_weak=np.concatenate([cells.enclosed_weak, np.zeros(more, np.bool_)]),
        counted=np.concatenate([inside, counted(added_xy, regions)]) & ~deleted,
    )
    return EditedCells(proposed, edited, numbers, touched | deleted, deleted)
