"""A motorized or encoded nosepiece that Micro-Manager drives."""

import threading
import time
from collections.abc import Callable
from typing import Annotated, Any, Final, Self

from pydantic import Field, model_validator

from hardware.micromanager import (
    LABEL,
    CoreHold,
    MicroManagerUnavailable,
    address_of,
    core_line,
)
from hardware.nosepieces.positions import NosepieceRecord, Positions
from hardware.objective import Objective, objective_named

ASK_S: Final = 0.1
"""How often the core is asked."""

FRESH_S: Final = 1.0
"""After that without an answer it is not known what is in the light: the driver hangs."""

_REOPEN_S: Final = 1.0
_STATE_DEVICE: Final = 4
"""`MM::StateDevice` of Micro-Manager's ``MMDeviceConstants.h``."""


class MicroManagerNosepieceSettings(NosepieceRecord):
    """Where the turret is, and its objectives.

    Attributes
    ----------
    address
        See `hardware.micromanager.address_of`.
    turret
        Label of the turret in the configuration; an address of a single device needs none.
    positions
        Places by their label in Micro-Manager (``Nikon 20X Plan Apo``) or by number from 0.
    """

    address: Annotated[str, Field(min_length=1)]
    turret: str = ""
    positions: Positions

    @model_validator(mode="after")
    def _usable(self) -> Self:
        configured = address_of(self.address).configuration is not None
        if configured != bool(self.turret):
            raise ValueError(
                "turret needs the label of the nosepiece in the configuration"
                if configured
                else "turret belongs to a configuration; this address names the device itself"
            )
        return self


class MicroManagerNosepiece:
    """A `hardware.objective.Nosepiece` that a core of Micro-Manager knows; any thread may use it.

    A driver may take a second for an answer and several for a turn, so that a thread of its own
    asks and turns, from the first question until `close`. While the turret moves, stands at a
    place that is not named, or does not answer, the objective is not known.

    Parameters
    ----------
    settings
        Turret and objectives.
    clock
        `time.monotonic`, or what a test puts in its place.
    """

    def __init__(
        self,
        settings: MicroManagerNosepieceSettings,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._address = address_of(settings.address)
        self._turret = settings.turret or LABEL
        self._clock = clock
        self._objectives = {
            each.position: Objective(each.name, None) for each in settings.positions
        }
        self._lock = threading.Lock()
        self._current: Objective | None = None
        self._answered_s = float("-inf")
        self._trouble = ""
        self._wanted: str | None = None
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._woken = threading.Event()

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """All objectives, weakest first."""
        return tuple(self._objectives.values())

    @property
    def current(self) -> Objective | None:
        """The one in the light; None when it is not known."""
        with self._lock:
            self._start()
            fresh = self._clock() - self._answered_s <= FRESH_S
            return self._current if fresh else None

    @property
    def trouble(self) -> str:
        """Why the turret cannot be asked, in one line; empty when it can."""
        with self._lock:
            return self._trouble

    def select(self, name: str) -> None:
        """Have it turned; it is not known which objective is in the light until it stands.

        Raises
        ------
        ValueError
            There is no objective of that name, or the turret is not there.
        """
        chosen = objective_named(self.objectives, name)
        position = next(p for p, objective in self._objectives.items() if objective is chosen)
        with self._lock:
            self._start()
            if self._trouble:
                raise ValueError(self._trouble)
            self._current = None
            self._wanted = position
        self._woken.set()

    def close(self) -> None:
        """Let go of the core; the next question takes hold of it again."""
        with self._lock:
            thread, self._thread = self._thread, None
            self._stopping.set()
        self._woken.set()
        if thread is not None:
            thread.join()

    def _start(self) -> None:
        if self._thread is None:
            self._stopping, self._woken = threading.Event(), threading.Event()
            self._thread = threading.Thread(
                target=self._run, args=(self._stopping, self._woken), name="nosepiece"
            )
            self._thread.start()

    def _run(self, stopping: threading.Event, woken: threading.Event) -> None:
        while not stopping.is_set():
            try:
                hold = CoreHold(self._address)
            except MicroManagerUnavailable as error:
                self._tell(str(error))
            else:
                try:
                    self._serve(hold, stopping, woken)
                except (MicroManagerUnavailable, RuntimeError) as error:
                    self._tell(f"the nosepiece does not answer: {core_line(error)}")
                finally:
                    hold.release()
            stopping.wait(_REOPEN_S)
        with self._lock:
            self._current = None

    def _serve(self, hold: CoreHold, stopping: threading.Event, woken: threading.Event) -> None:
        with hold.steady() as core:
            if self._turret not in core.getLoadedDevices():
                raise MicroManagerUnavailable(f"there is no device {self._turret}")
            if core.getDeviceType(self._turret) != _STATE_DEVICE:
                raise MicroManagerUnavailable(f"{self._turret} is no turret")
        while not stopping.is_set():
            with self._lock:
                wanted, self._wanted = self._wanted, None
            with hold.steady() as core:
                if wanted is not None:
                    self._turn(core, wanted)
                self._look(core)
            woken.wait(ASK_S)
            woken.clear()

    def _turn(self, core: Any, position: str) -> None:
        if position in core.getStateLabels(self._turret):
            core.setStateLabel(self._turret, position)
        elif position.isdecimal():
            core.setState(self._turret, int(position))
        else:
            raise MicroManagerUnavailable(f"{self._turret} has no place {position}")

    def _look(self, core: Any) -> None:
        standing = None
        if not core.deviceBusy(self._turret):
            label = core.getStateLabel(self._turret)
            number = str(core.getState(self._turret))
            standing = self._objectives.get(label) or self._objectives.get(number)
        with self._lock:
            self._trouble = ""
            # One that is still to be turned is not where it will be.
            self._current = standing if self._wanted is None else None
            self._answered_s = self._clock()

    def _tell(self, trouble: str) -> None:
        with self._lock:
            self._trouble = trouble
            self._current = None
            self._wanted = None
