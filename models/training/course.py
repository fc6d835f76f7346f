"""The course of a training: steps, validations, checkpoints, and when it is over."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from inference.arrays import F32, U8
from models.training.checkpoint import (
    Average,
    CheckpointProblem,
    State,
    built,
    read_checkpoint,
    write_checkpoint,
)
from models.training.history import progress_line, write_history
from models.training.loading import Batch, batches
from models.training.network import LinkNet, normalized
from models.training.patches import Patches
from models.training.settings import Course, Settings
from models.training.validation import Heatmaps, View, validate


def weighted_error(heatmap: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Return the mean square error (Zhang 2020, section 3.1.1) over what is annotated."""
    return (weight * (heatmap.float() - target) ** 2).sum() / weight.sum().clamp(min=1.0)


def learning_rate(course: Course, step: int, progress: float) -> float:
    """Return the rate at a step: rising for `warm_up` steps, then falling along a cosine."""
    warm = min(1.0, (step + 1) / (course.warm_up + 1))
    fall = 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))
    return course.rate * warm * (course.last_rate + (1 - course.last_rate) * fall)


def heatmaps_of(network: LinkNet, device: torch.device) -> Heatmaps:
    """Return a network as a function of pictures."""

    def heatmap(rgb: U8) -> F32:
        with torch.inference_mode():
            field = torch.from_numpy(np.ascontiguousarray(rgb)).to(device)
            x = normalized(field.permute(2, 0, 1)[None])
            return np.asarray(network(x)[0, 0].float().cpu().numpy(), np.float32)

    return heatmap


def computes_bf16(device: torch.device) -> bool:
    """Whether the device has instructions for bfloat16; without them it is slower than float32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    known = torch.cpu.get_capabilities()
    return bool(known.get("avx512_bf16") or known.get("amx_bf16") or known.get("bf16"))


class Training:
    """A training under way.

    Parameters
    ----------
    settings
        All settings.
    patches
        What is learned from.
    shown
        What is validated on.
    out
        Folder of the results; made if need be.
    device
        Where the network lives.
    say
        Takes a line after each validation.
    """

    def __init__(
        self,
        settings: Settings,
        patches: Patches,
        shown: Sequence[View],
        out: Path,
        device: torch.device,
        say: Callable[[str], None],
    ) -> None:
        self.settings = settings
        self.state = State()
        self._patches, self._shown, self._out, self._device = patches, shown, out, device
        self._say = say
        self._bf16 = settings.course.bf16 and computes_bf16(device)
        torch.manual_seed(settings.course.seed)
        self.network = built(settings.network).to(device)
        # In place; this order of memory is a third faster on processors, and on GPUs in bf16.
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._average = Average(self.network, settings.course.average)
        self._optimizer = torch.optim.Adam(
            self.network.parameters(),
            settings.course.rate,
            weight_decay=settings.course.weight_decay,
            decoupled_weight_decay=True,
        )
        out.mkdir(parents=True, exist_ok=True)

    def start_from(self, weights: Mapping[str, Tensor]) -> None:
        """Begin with these weights in place of random ones.

        Raises
        ------
        CheckpointProblem
            They are of another network.
        """
        try:
            self.network.load_state_dict(weights)
        except RuntimeError as error:
            raise CheckpointProblem("the weights are of a network of another shape") from error
        self._average = Average(self.network, self.settings.course.average)

    def resume(self) -> None:
        """Go on where ``last.pt`` of the output folder stands.

        Raises
        ------
        CheckpointProblem
            It cannot be read, or is of other settings.
        """
        path = self._out / "last.pt"
        checkpoint = read_checkpoint(path)
        if checkpoint.network is None or checkpoint.optimizer is None:
            raise CheckpointProblem(f"{path}: only serves to export")
        if checkpoint.settings.network != self.settings.network:
            raise CheckpointProblem(f"{path}: is of a network of other settings")
        self.state = checkpoint.state
        self.network.load_state_dict(checkpoint.network)
        self._average.network.load_state_dict(checkpoint.average)
        self._optimizer.load_state_dict(checkpoint.optimizer)

    def run(self, minutes: float | None, workers: int) -> None:
        """Train until the steps, the minutes or the patience are at their end."""
        course, state = self.settings.course, self.state
        before, started = state.seconds, time.monotonic()
        losses: list[float] = []
        for batch in batches(self._patches, state.step, course.steps, course.batch, workers):
            progress = max(
                state.step / course.steps, state.seconds / (60 * minutes) if minutes else 0.0
            )
            losses.append(self._step(batch, learning_rate(course, state.step, progress)))
            state.step += 1
            state.seconds = before + time.monotonic() - started
            is_over = progress >= 1 or state.step == course.steps
            if is_over or state.step % course.validate_every == 0:
                self._validate(float(np.mean(losses)))
                losses.clear()
                waited = (state.step - state.best_step) // course.validate_every
                if is_over or waited >= course.patience:
                    break

    def _step(self, batch: Batch, rate: float) -> float:
        field, target, weight = (part.to(self._device, non_blocking=True) for part in batch)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self.network.train()
        x = normalized(field.permute(0, 3, 1, 2)).contiguous(memory_format=torch.channels_last)
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._bf16):
            heatmap = self.network(x)
        loss = weighted_error(heatmap, target, weight)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self._optimizer.step()
        self._average.update(self.network, self.state.step)
        return float(loss.detach())

    def _validate(self, loss: float) -> None:
        state = self.state
        network = self._average.network
        result = validate(heatmaps_of(network, self._device), self._shown, self.settings)
        row = {
            "step": state.step,
            "minutes": round(state.seconds / 60, 2),
            "loss": loss,
            "choice": result.choice,
            **result.as_json(),
        }
        state.history.append(row)
        is_best = result.choice > state.best
        if is_best:
            state.best, state.best_step = result.choice, state.step
            write_checkpoint(
                self._out / "best.pt", self.settings, state, self.network, network, None
            )
        write_checkpoint(
            self._out / "last.pt", self.settings, state, self.network, network, self._optimizer
        )
        write_history(state.history, self._out)
        self._say(progress_line(row) + (" best" if is_best else ""))
