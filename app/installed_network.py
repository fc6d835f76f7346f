"""The trained network of this installation, and where this user keeps how it runs best."""

import platformdirs

from inference.nuclei.network.opening import NetworkSource


def installed_network() -> NetworkSource:
    """Return the shipped network; the order of its runtimes is measured once and kept."""
    return NetworkSource(cache_folder=platformdirs.user_cache_path("her2scope", appauthor=False))
