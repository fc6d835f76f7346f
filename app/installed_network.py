"""The trained network of this installation, and where this user keeps how it runs best."""

import shutil
from dataclasses import replace
from pathlib import Path

import platformdirs

from inference.nuclei.network.manifest import MANIFEST, NetworkManifest, read_manifest, read_weights
from inference.nuclei.network.opening import NetworkSource


def own_weights() -> Path:
    """Return the folder in which this user's own network is, if there is one."""
    return platformdirs.user_data_path("her2scope", appauthor=False) / "network"


def installed_network() -> NetworkSource:
    """Return the user's own network, else the shipped one.

    The order of its runtimes is measured once and kept.
    """
    cache_folder = platformdirs.user_cache_path("her2scope", appauthor=False)
    shipped = NetworkSource(cache_folder=cache_folder)
    own = own_weights()
    return replace(shipped, weights=own) if (own / MANIFEST).is_file() else shipped


def register(weights: Path) -> NetworkManifest:
    """Use this network from now on; a copy is kept, and takes the place of an earlier one.

    Raises
    ------
    DetectorUnavailable
        One line: the weights are damaged or not for this program. Nothing has changed then.
    OSError
        The copy cannot be made.
    """
    manifest = read_manifest(weights)
    for file in manifest.variants.values():
        read_weights(weights, file)
    own = own_weights()
    new, old = own.with_name("network.new"), own.with_name("network.old")
    for left in (new, old):
        shutil.rmtree(left, ignore_errors=True)
    new.mkdir(parents=True)
    for name in (*(file.file for file in manifest.variants.values()), MANIFEST):
        shutil.copyfile(weights / name, new / name)
    if own.exists():
        own.rename(old)
    new.rename(own)
    shutil.rmtree(old, ignore_errors=True)
    return manifest


def forget_own() -> bool:
    """Go back to the shipped network; return whether there was another."""
    own = own_weights()
    existed = own.exists()
    shutil.rmtree(own, ignore_errors=True)
    return existed
