"""The table of patches fits the installed moto, and says so when it does not."""

from __future__ import annotations

import pytest

from slipway.errors import SlipwayError
from slipway.localaws import patches
from slipway.localaws.app import _load_services


def test_the_installed_moto_is_the_one_the_table_was_written_for() -> None:
    assert patches.moto_version() == patches.WRITTEN_FOR


def test_every_patch_names_a_reason_and_a_different_place() -> None:
    _load_services()
    assert len({(id(patch.owner), patch.name) for patch in patches.TABLE}) == len(patches.TABLE) > 20
    assert all(len(patch.reason) > 15 and patch.label.startswith("moto.") for patch in patches.TABLE)


class _Owner:
    def there(self) -> str:
        return "original"


@pytest.mark.parametrize(
    ("patch", "text"),
    [
        (patches.Patch(_Owner, "gone", lambda original, self: None, "because", added=False), "gone is gone"),
        (patches.Patch(_Owner, "there", lambda self: None, "because", added=True), "there exists now"),
    ],
)
def test_a_moto_that_does_not_fit_is_refused(patch: patches.Patch, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patches, "TABLE", [patch])
    with pytest.raises(SlipwayError, match=text):
        patches.apply()


def test_a_wrap_gets_the_original_once(monkeypatch: pytest.MonkeyPatch) -> None:
    patch = patches.Patch(_Owner, "there", lambda original, self: "around " + original(self), "because", added=False)
    monkeypatch.setattr(patches, "TABLE", [patch])
    patches.apply()
    patches.apply()
    assert _Owner().there() == "around original"
