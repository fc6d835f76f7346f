"""HER2Scope: the program around the microscope (command line, windows, storage)."""

from importlib.metadata import version

__version__ = version("her2scope")

RESEARCH_USE_ONLY = "For Research Use Only. Not for use in diagnostic procedures."
