"""The measured ranking of the runtimes, kept for the next start."""

import contextlib
import hashlib
import json
import os
import platform
import secrets
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inference.nuclei.network.manifest import NetworkManifest
from inference.nuclei.network.ranking import Ranking
from inference.nuclei.network.runtime import Candidate

_PACKAGES = ("onnxruntime", "onnxruntime-gpu", "openvino")
_CPU_INFO = Path("/proc/cpuinfo")


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    format: Literal[2] = 2
    key: str
    milliseconds: dict[str, Annotated[float, Field(ge=0)]]
    refused: dict[str, str]


def ranking_key(
    manifest: NetworkManifest, candidates: Sequence[Candidate], threads: int
) -> dict[str, str]:
    """Return what a ranking depends on: the machine, the weights, the runtimes, the threads."""
    return {
        "machine": f"{platform.node()} {platform.system()} {platform.machine()}",
        "processor": f"{_processor()}, {os.cpu_count()} cores, {threads} threads",
        "weights": " ".join(file.sha256 for file in manifest.variants.values()),
        "packages": " ".join(f"{name} {_version(name)}" for name in _PACKAGES),
        "candidates": "; ".join(candidate.label for candidate in candidates),
    }


def kept_ranking(folder: Path, key: dict[str, str]) -> Ranking | None:
    """Return the ranking that was kept for a key; None if there is none that can be read."""
    path, text = _path(folder, key), json.dumps(key)
    try:
        kept = _Kept.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None  # absent or damaged: it is measured again
    known = set(key["candidates"].split("; "))
    if kept.key != text or not kept.milliseconds or not set(kept.milliseconds) <= known:
        return None
    return Ranking(kept.milliseconds, kept.refused)


def keep_ranking(folder: Path, key: dict[str, str], ranking: Ranking) -> None:
    """Write a ranking; where that is not possible, the next start measures again."""
    kept = _Kept(key=json.dumps(key), milliseconds=ranking.milliseconds, refused=ranking.refused)
    path = _path(folder, key)
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            part.write_text(kept.model_dump_json(indent=1), "utf-8")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def _path(folder: Path, key: dict[str, str]) -> Path:
    digest = hashlib.sha256(json.dumps(key).encode()).hexdigest()
    return folder / f"network-runtimes-{digest[:16]}.json"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "-"


def _processor() -> str:
    """Return the processor's name and, on Linux, a digest of what instructions it has.

    Virtual machines bear one name whatever they run on, and which runtimes agree depends on the
    instructions.
    """
    with contextlib.suppress(OSError):
        lines = _CPU_INFO.read_text("utf-8", errors="replace").splitlines()
        of_first = dict(line.split(":", 1) for line in reversed(lines) if ":" in line)
        known = {name.strip(): value.strip() for name, value in of_first.items()}
        if name := known.get("model name"):
            digest = hashlib.sha256(known.get("flags", "").encode()).hexdigest()
            return f"{name} {digest[:8]}"
    return platform.processor()
