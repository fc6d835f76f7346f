"""The failure of a detector that cannot be had."""


class DetectorUnavailable(RuntimeError):
    """The wanted detector cannot be had; the message is one line for the user."""
