"""What a sitting begins with when slides were left unfinished."""

from types import SimpleNamespace
from typing import Any

import pytest

from app.case_keeping import start
from app.case_keeping.start import SittingStart, sitting_start
from app.storage.cases.problem import StorageProblem


class Session:
    """Notes what is begun."""

    def __init__(self) -> None:
        self.begun: list[Any] = []

    def next_slide(self, case: str, name: str) -> bool:
        self.begun.append((case, name))
        return True

    def resume(self, steps: Any) -> bool:
        self.begun.append(steps)
        return True

    def not_saved(self, text: str) -> None:
        raise AssertionError(text)


def begun(monkeypatch: pytest.MonkeyPatch, *left: str, **how: Any) -> SittingStart:
    """Return the start where these slides are unfinished, the last changed first."""
    sittings = tuple(SimpleNamespace(in_words=name, resume_steps=[name]) for name in left)
    monkeypatch.setattr(
        start, "open_sittings", lambda _: SimpleNamespace(sittings=sittings, problems=())
    )
    monkeypatch.setattr(start, "slides", lambda *_: [SimpleNamespace(name="n")])
    keeper = SimpleNamespace(report_to=lambda _: None, take_up=lambda _: None)
    nothing: Any = None
    return sitting_start(nothing, keeper, ("c", "n"), **how)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("left", "messages"),
    [
        (("A2",), ()),
        (("A2", "A1"), ("1 more slide is not finished: 'her2scope slides' lists them",)),
        (("A2", "A1", "A0"), ("2 more slides are not finished: 'her2scope slides' lists them",)),
    ],
)
def test_the_slide_that_was_changed_last_is_offered_however_many_are_left(
    monkeypatch: pytest.MonkeyPatch, left: tuple[str, ...], messages: tuple[str, ...]
) -> None:
    made, session = begun(monkeypatch, *left), Session()
    assert made.offer is not None
    assert made.offer.text == "Not finished: A2"
    assert made.messages == messages
    made.begin(session)
    assert session.begun == [], "the user is asked first"
    assert made.go_on(session)
    assert session.begun == [["A2"]]


def test_without_an_unfinished_slide_a_new_one_begins_under_a_free_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, session = begun(monkeypatch), Session()
    assert made.offer is None
    made.begin(session)
    assert session.begun == [("c", "n (2)")]


def test_what_was_wanted_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    made, session = begun(monkeypatch, "A2", "A1", resume=True), Session()
    assert made.offer is None
    made.begin(session)
    assert session.begun == [["A2"]]
    with pytest.raises(StorageProblem, match="no slide is left unfinished"):
        begun(monkeypatch, resume=True)
    new = begun(monkeypatch, "A2", resume=False)
    new.begin(session)
    assert session.begun[-1] == ("c", "n (2)")
