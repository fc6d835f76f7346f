"""How a camera fails."""


class CameraError(Exception):
    """A camera cannot do what was asked; the message is one line for the user."""


class CameraStalled(CameraError):
    """No picture came in time; the next `Camera.read` may succeed."""


class BrokenPicture(CameraError):
    """A picture came, but not whole; the next one may be good."""


class CameraLost(CameraError):
    """The camera is gone; it must be opened again, and cannot be until it is back."""


class SettingRefused(CameraError):
    """The camera does not take a setting; nothing of what was asked along with it may hold."""
