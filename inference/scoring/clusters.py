"""Clusters of cells, and the counts of a field under a rule profile."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from inference.arrays import F64
from inference.cells.classes import CellClass
from inference.cells.table import CellTable
from inference.scoring.counts import ClassCounts, FieldCounts
from inference.scoring.profile import RuleProfile


def largest_cluster(xy_um: F64, distance_um: float) -> int:
    """Return how many points the largest connected cluster has; 0 without points.

    Two points are joined when they are at most a distance apart; a cluster is all that hangs
    together through such joints.

    Parameters
    ----------
    xy_um
        (n, 2) positions in um.
    distance_um
        Largest distance of two neighbors, in um.
    """
    n = len(xy_um)
    if n == 0:
        return 0
    pairs = cKDTree(xy_um).query_pairs(distance_um, output_type="ndarray")
    links = coo_array((np.ones(len(pairs), np.bool_), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    labels = connected_components(links, directed=False)[1]
    return int(np.bincount(labels).max())


def count_field(name: str, cells: CellTable, um_per_px: float, profile: RuleProfile) -> FieldCounts:
    """Count a field's cells, with the clusters that a rule profile asks for.

    Parameters
    ----------
    name
        Name of the field.
    cells
        Its cells; only the counted ones are looked at.
    um_per_px
        Pixel size of the coordinates in `cells`.
    profile
        Says which clusters matter and how near neighbors are.
    """
    clusters = {}
    for quantity in profile.cluster_quantities:
        assert profile.cluster_distance_um is not None  # the profile's own check
        symbols = quantity.split("+")
        codes = [int(item) for item in CellClass if item.symbol in symbols]
        chosen = np.isin(cells.cell_class, codes) & cells.counted
        xy_um = cells.xy_px[chosen].astype(np.float64) * um_per_px
        clusters[quantity] = largest_cluster(xy_um, profile.cluster_distance_um)
    return FieldCounts(name, ClassCounts.from_cells(cells), clusters, um_per_px)
