"""Names that every common file system takes."""

_FORBIDDEN = '<>:"/\\|?*%'
_DEVICES = {"CON", "PRN", "AUX", "NUL"} | {f"{d}{n}" for d in ("COM", "LPT") for n in range(10)}


def file_stem(text: str) -> str:
    """Return a text as the beginning of a file name.

    What Windows forbids becomes ``%`` and its hexadecimal code, ``%`` itself included, so that
    two texts never share a name.
    """
    name = "".join(f"%{ord(c):02X}" if c in _FORBIDDEN or ord(c) < 32 else c for c in text)
    if name.split(".")[0].rstrip().upper() in _DEVICES:
        name = f"%{ord(name[0]):02X}{name[1:]}"
    return name


def folder_name(text: str) -> str:
    """Return a text as the name of a folder, of which Windows would drop a last dot or space."""
    name = file_stem(text)
    return f"{name[:-1]}%{ord(name[-1]):02X}" if name[-1:] in (".", " ") else name
