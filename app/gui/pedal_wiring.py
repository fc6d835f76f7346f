"""The pedal joined to keys, session and settings: what its page changes holds at once."""

from PySide6.QtCore import QObject, Signal

from app.gui.actions import KeyMap, KeyRefused
from app.gui.display import Display
from app.gui.keyboard_pedal import PedalKeys
from app.gui.main_window import MainWindow
from app.gui.pedal_page import PedalPage
from app.gui.pedal_setup import ANALYZE, PedalSetup, usable_setup
from app.gui.verbs import Verbs
from app.gui.wiring import Wiring
from app.live.trouble import Trouble
from app.session.events import GestureDone, Latest, Notice
from app.settings import PedalSettings
from hardware.pedals.keyboard import KeyboardPedal


class PedalWiring(QObject):
    """Gives a keyboard pedal its keys and its actions, and opens the page that changes them.

    Of the key that analyzes there is one truth, that of the action: it is shown in menu, guide
    and list of keys, and can be changed there as well as here.

    Parameters
    ----------
    wiring, window, display
        The main window, what is done in it, and where gestures and troubles are shown.
    session
        Is told what the switches do.
    pedal
        Gets the keys.
    settings
        What was saved.
    """

    settings_changed = Signal(object)
    """The new `PedalSettings`, to be saved."""

    def __init__(
        self,
        wiring: Wiring,
        window: MainWindow,
        display: Display,
        session: Verbs,
        pedal: KeyboardPedal,
        settings: PedalSettings,
    ) -> None:
        super().__init__(window)
        self._wiring = wiring
        self._window = window
        self._display = display
        self._session = session
        self._page: PedalPage | None = None
        self._setup, problems = usable_setup(settings, window.keys)
        self._keys = PedalKeys(pedal, self._setup.keys, parent=window)
        self._keys.trouble.connect(self._tell)
        self._keys.held.connect(self._show_held)
        session.bind_pedal(self._setup.bindings)
        wiring.take_keys(self._setup.in_keys(window.keys))
        wiring.keys_changed.connect(self._keys_changed)
        wiring.serve("pedal", self._open_page)
        display.looked.connect(self._look)
        for problem in problems:
            self._tell(problem)

    @property
    def setup(self) -> PedalSetup:
        """The switches as they are now."""
        return self._setup

    def start(self) -> None:
        """Look at all key events of the program from now on."""
        self._keys.start()

    def stop(self) -> None:
        """Look at nothing any more."""
        self._keys.stop()

    def take_setup(self, setup: PedalSetup) -> None:
        """Take other switches, at once and for the next start."""
        self._setup = setup
        if self._keys.keys != setup.keys:
            self._keys.set_keys(setup.keys)
        self._session.bind_pedal(setup.bindings)
        keys = setup.in_keys(self._window.keys)
        if keys != self._window.keys:
            self._wiring.take_keys(keys)
        self._show_setup()
        self.settings_changed.emit(setup.settings)

    def _keys_changed(self, keys: KeyMap) -> None:
        """Follow a key that was changed in the list of all keys."""
        number, key = self._setup.analyzing, keys.key(ANALYZE)
        if key == self._setup.keys[number]:
            self._show_setup()
            return
        try:
            setup = self._setup.with_key(number, key, keys)
        except KeyRefused as refusal:
            self._tell(f"the pedal keeps its key: {refusal}")
            self._wiring.take_keys(self._setup.in_keys(keys))
            return
        self.take_setup(setup)

    def _open_page(self) -> None:
        self._wiring.pages.open("pedal", self._made_page)

    def _made_page(self) -> PedalPage:
        self._page = PedalPage(self._setup, self._window.keys)
        self._page.changed.connect(self.take_setup)
        return self._page

    def _show_setup(self) -> None:
        if self._page is not None:
            self._page.set_setup(self._setup, self._window.keys)

    def _show_held(self, switch: int, down_s: float, held_s: float) -> None:
        if self._page is not None:
            self._page.take_held(switch, down_s, held_s)

    def _look(self, event: Latest | Notice) -> None:
        if self._page is not None and isinstance(event, GestureDone):
            self._page.take_gesture(event)

    def _tell(self, text: str) -> None:
        self._display.receive(Trouble.now("pedal", text))
