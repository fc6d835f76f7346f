"""The pedal joined to keys, session and settings: what its page changes holds at once."""

from PySide6.QtCore import QObject, Signal

from app.gui.actions import KeyMap, KeyRefused
from app.gui.display import Display
from app.gui.keyboard_pedal import PedalKeys
from app.gui.main_window import MainWindow
from app.gui.pedal_page import PedalPage
from app.gui.pedal_setup import ANALYZE, PedalSetup, device_setup, usable_setup
from app.gui.verbs import Verbs
from app.gui.wiring import Wiring
from app.live.trouble import Trouble
from app.session.events import GestureDone, Latest, Notice
from app.settings import PedalSettings
from hardware.pedal import Pedal
from hardware.pedals.keyboard import KeyboardPedal


class PedalWiring(QObject):
    """Gives a pedal its actions and, if it types keys, its keys, and opens the page for that.

    Of the key that analyzes there is one truth, that of the action: it is shown in menu, guide
    and list of keys, and can be changed there as well as here. Beside a pedal with switches of its
    own that key still analyzes.

    Parameters
    ----------
    wiring, window, display
        The main window, what is done in it, and where gestures and troubles are shown.
    session
        Is told what the switches do.
    pedal
        A `KeyboardPedal` gets the keys.
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
        pedal: Pedal,
        settings: PedalSettings,
    ) -> None:
        super().__init__(window)
        self._wiring = wiring
        self._window = window
        self._display = display
        self._session = session
        self._page: PedalPage | None = None
        self._keys: PedalKeys | None = None
        if isinstance(pedal, KeyboardPedal):
            self._setup, problems = usable_setup(settings, window.keys)
            self._keys = PedalKeys(pedal, self._setup.keys, parent=window)
            self._keys.trouble.connect(self._tell)
            self._keys.held.connect(self._show_held)
        else:
            self._setup, problems = device_setup(settings, pedal.switch_count)
            window.menus.press_pedal_key()
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
        """Look at all key events of the program from now on, if they are the pedal's."""
        if self._keys is not None:
            self._keys.start()

    def stop(self) -> None:
        """Look at nothing any more."""
        if self._keys is not None:
            self._keys.stop()

    def take_setup(self, setup: PedalSetup) -> None:
        """Take other switches, at once and for the next start."""
        self._setup = setup
        if self._keys is not None and self._keys.keys != setup.keys:
            self._keys.set_keys(setup.keys)
        self._session.bind_pedal(setup.bindings)
        keys = setup.in_keys(self._window.keys)
        if keys != self._window.keys:
            self._wiring.take_keys(keys)
        self._show_setup()
        self.settings_changed.emit(setup.settings)

    def _keys_changed(self, keys: KeyMap) -> None:
        """Follow a key that was changed in the list of all keys."""
        if not self._setup.typed:
            return
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
