"""Why a picture gives no pixel size."""


class MicrometerProblem(ValueError):
    """A picture that cannot be read as a micrometer; the message is one line for the user."""
