"""The one way in which a saved image is refused."""


class ImageProblem(Exception):
    """A saved image cannot be scored.

    The message is one line that says what is wrong and what to do. It has no path: the caller
    knows which file it asked for and puts the path in front.
    """
