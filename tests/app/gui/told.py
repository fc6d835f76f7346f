"""What the windows told the user, the line at the lower left being only the newest of it."""

from app.gui.main_window import MainWindow


def told(window: MainWindow) -> str:
    """Return all messages, oldest first, one a line."""
    messages = window.history.messages
    return "\n".join(messages.item(row).text() for row in range(messages.count()))
