"""Choosing a pedal by a plain record."""

import json
import subprocess
import sys

import pytest

from hardware.pedal import PedalError
from hardware.pedals.hid_presets import PRESETS
from hardware.pedals.kinds import PEDAL_KINDS, make_pedal

RECORDS = {
    "keyboard": {"kind": "keyboard", "switch_count": 2},
    "simulated": {"kind": "simulated"},
    "hid": json.loads(PRESETS[1].model_dump_json()),
    "serial-bytes": {
        "kind": "serial-bytes",
        "port": "/dev/ttyPEDAL",
        "switches": [{"down": "44 30", "up": "55 30"}],
    },
    "serial-lines": {
        "kind": "serial-lines",
        "port": "rfc2217://127.0.0.1:1",
        "switches": [{"line": "cts"}, {"line": "dsr", "inverted": True}],
    },
}


@pytest.mark.parametrize("kind", PEDAL_KINDS, ids=lambda kind: kind.key)
def test_each_kind_is_made_from_a_record_and_opens_nothing(kind) -> None:
    if not kind.installed:
        pytest.skip(f"{kind.package} is missing (extra `{kind.extra}`)")
    pedal = make_pedal(RECORDS[kind.key])
    assert pedal.name
    assert pedal.switch_count == len(RECORDS[kind.key].get("switches", [])) or "hid" not in kind.key


@pytest.mark.parametrize("kind", PEDAL_KINDS, ids=lambda kind: kind.key)
def test_a_kind_without_its_package_says_what_to_install(kind, monkeypatch) -> None:
    if not kind.module:
        pytest.skip("needs no package")
    monkeypatch.setitem(sys.modules, kind.module, None)
    with pytest.raises(PedalError, match=f"{kind.package}.*make run EXTRAS={kind.extra}") as caught:
        make_pedal(RECORDS[kind.key])
    assert len(str(caught.value).splitlines()) == 1


def test_without_a_kind_it_is_the_keyboard() -> None:
    assert make_pedal({}).name == "Keyboard pedal"


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ({"kind": "midi"}, "no pedal of the kind 'midi'; there are keyboard, hid"),
        ({"kind": "keyboard", "switch_count": 0}, "at switch_count"),
        ({"kind": "keyboard", "switch_count": True}, "at switch_count"),
        ({"kind": "keyboard", "port": "COM3"}, "port is not known"),
        ({"kind": "serial-lines"}, "at port"),
        ({"kind": "hid", "vendor": 1}, "at product"),
    ],
)
def test_wrong_records_are_told_in_one_line(record, words) -> None:
    with pytest.raises(PedalError, match=words) as caught:
        make_pedal(record)
    assert len(str(caught.value).splitlines()) == 1


def test_no_driver_is_imported_before_it_is_chosen() -> None:
    script = (
        "import sys, hardware.pedals.kinds as k; k.make_pedal({}); "
        "[kind.installed for kind in k.PEDAL_KINDS]; "
        "print([m for m in ('serial', 'hid', 'hidraw', 'hardware.pedals.serial') "
        "if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
