"""``python -m app`` is the command ``her2scope``."""

from app.cli import main

main()
