"""Text on a page: letters that the fonts have, lines that fit."""

from reportlab.pdfbase.pdfmetrics import stringWidth

REGULAR = "Helvetica"
BOLD = "Helvetica-Bold"
_ELLIPSIS = "..."


def printable(text: str) -> str:
    """Replace what the page's fonts do not have by its number, e.g. ``[U+6848]``.

    The fonts that every reader of PDF has know the letters of Western Europe alone. A question
    mark would make two names look the same; tabs and line ends become blanks.
    """
    return "".join(_letter(letter) for letter in text)


def _letter(letter: str) -> str:
    if letter.isspace():
        return " "
    try:
        known = letter.isprintable() and bool(letter.encode("cp1252"))
    except UnicodeEncodeError:
        known = False
    return letter if known else f"[U+{ord(letter):04X}]"


def wrapped(text: str, font: str, size: float, width: float) -> list[str]:
    """Break text into lines of at most `width` points, within a word where one is longer.

    Returns
    -------
    At least one line, which is empty for an empty text.
    """
    lines = [""]
    for word in printable(text).split():
        joined = f"{lines[-1]} {word}".strip()
        if stringWidth(joined, font, size) <= width:
            lines[-1] = joined
            continue
        if lines[-1]:
            lines.append("")
        for letter in word:
            if lines[-1] and stringWidth(lines[-1] + letter, font, size) > width:
                lines.append("")
            lines[-1] += letter
    return lines


def shortened(text: str, font: str, size: float, width: float) -> str:
    """Cut text in its middle to fit `width` points: both ends of a name tell it from others."""
    text = printable(text)
    if stringWidth(text, font, size) <= width:
        return text
    keep = len(text) - 1
    while keep > 1:
        head, tail = text[: (keep + 1) // 2], text[len(text) - keep // 2 :]
        if stringWidth(head + _ELLIPSIS + tail, font, size) <= width:
            return head + _ELLIPSIS + tail
        keep -= 1
    return text[:1]


def clipped(lines: list[str], most: int, font: str, size: float, width: float) -> list[str]:
    """Keep the first lines, the last of them ending in dots where there were more."""
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and stringWidth(last + _ELLIPSIS, font, size) > width:
        last = last[:-1]
    return [*lines[: most - 1], last.rstrip() + _ELLIPSIS]
