"""How the user gets a package that only some devices need."""


def install_hint(extra: str) -> str:
    """Return what to type, as a clause for the end of a line; both systems' `make` know it."""
    return f"install it with `make run EXTRAS={extra}`, which starts the program again"
