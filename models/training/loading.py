"""Batches of patches for torch, made beside the training by processes where wanted."""

from collections.abc import Iterator

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from models.training.patches import Patches

Batch = tuple[Tensor, Tensor, Tensor]
"""Bytes (n, h, w, 3), heatmaps and weights (n, 1, h / 4, w / 4)."""


class _Numbered(Dataset[tuple[Tensor, Tensor, Tensor]]):
    def __init__(self, patches: Patches, first: int, count: int) -> None:
        self._patches, self._first, self._count = patches, first, count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor, Tensor]:
        patch = self._patches.patch(self._first + index)
        return (
            torch.from_numpy(np.ascontiguousarray(patch.rgb)),
            torch.from_numpy(patch.heatmap)[None],
            torch.from_numpy(patch.weight)[None],
        )


def _alone(_worker: int) -> None:
    cv2.setNumThreads(1)
    torch.set_num_threads(1)


def batches(
    patches: Patches, first_step: int, last_step: int, size: int, workers: int
) -> Iterator[Batch]:
    """Yield the batches of the steps from one up to, and without, another.

    Which patches a step sees depends on its number alone, neither on the number of processes nor
    on whether the training was resumed.

    Parameters
    ----------
    workers
        Processes that make patches; 0 makes them in this one.
    """
    count = (last_step - first_step) * size
    loader = DataLoader(
        _Numbered(patches, first_step * size, count),
        batch_size=size,
        num_workers=workers,
        worker_init_fn=_alone,
        pin_memory=torch.cuda.is_available(),
        prefetch_factor=4 if workers else None,
    )
    yield from loader
