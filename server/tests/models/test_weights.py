from pathlib import Path

import pytest

from aionserver.models.weights import EVERY_FILE, WeightFile, WeightsError


def test_every_pinned_file_is_installed_and_right() -> None:
    for file in EVERY_FILE:
        assert file.verified_path().is_file()


def test_a_wrong_file_is_refused_with_both_sums_and_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "made_up_weights"
    package.mkdir()
    (package / "net.onnx").write_bytes(b"not the network")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(WeightsError, match=r"expected 00.*reinstall made-up==1\.0"):
        WeightFile("made_up_weights", "net.onnx", "00", "made-up==1.0").verified_path()


def test_a_file_changed_after_a_first_check_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import hashlib
    import os

    package = tmp_path / "changing_weights"
    package.mkdir()
    path = package / "net.onnx"
    path.write_bytes(b"right")
    monkeypatch.syspath_prepend(tmp_path)
    file = WeightFile("changing_weights", "net.onnx", hashlib.sha256(b"right").hexdigest(), "made-up==1.0")
    assert file.verified_path() == path
    path.write_bytes(b"wrong")
    os.utime(path, ns=(1, 1))
    with pytest.raises(WeightsError):
        file.verified_path()


def test_a_package_that_is_not_installed_is_named() -> None:
    with pytest.raises(WeightsError, match=r"install nowhere==2\.0"):
        WeightFile("no_such_package_here", "net.onnx", "00", "nowhere==2.0").verified_path()


def test_a_package_that_cannot_be_imported_is_located_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "broken_weights"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('must not be imported')")
    (package / "net.onnx").write_bytes(b"")
    monkeypatch.syspath_prepend(tmp_path)
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert WeightFile("broken_weights", "net.onnx", empty, "x").verified_path() == package / "net.onnx"
