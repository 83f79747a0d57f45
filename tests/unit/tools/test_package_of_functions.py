"""The zip of the functions: the same bytes from the same files, and nothing that no function needs."""

from __future__ import annotations

import os
import zipfile

from tools.package import files_of_code, files_of_packages, write_package


def given(folder, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"content of {name}")


def test_the_same_files_give_the_same_bytes_whenever_and_in_whatever_order_they_were_written(tmp_path):
    given(tmp_path / "one", "b/c.py", "a.py")
    given(tmp_path / "two", "a.py", "b/c.py")
    os.utime(tmp_path / "two" / "a.py", (0, 0))
    (tmp_path / "two" / "a.py").chmod(0o600)
    packages = []
    for name in ("one", "two"):
        target = tmp_path / f"{name}.zip"
        unpacked_bytes = write_package(files_of_packages(tmp_path / name), target)
        assert unpacked_bytes == len("content of b/c.py") + len("content of a.py")
        packages.append(target.read_bytes())
    assert packages[0] == packages[1]


def test_its_files_may_be_read_by_anybody(tmp_path):
    given(tmp_path / "files", "a.py")
    write_package(files_of_packages(tmp_path / "files"), tmp_path / "x.zip")
    with zipfile.ZipFile(tmp_path / "x.zip") as package:
        [entry] = package.infolist()
    assert oct(entry.external_attr >> 16) == "0o100644"


def test_programs_and_compiled_files_of_libraries_stay_out(tmp_path):
    given(tmp_path, "lib/a.py", "bin/tool", "lib/__pycache__/a.pyc", "binary/b.py")
    assert {name for name, _ in files_of_packages(tmp_path)} == {"lib/a.py", "binary/b.py"}


def test_all_three_functions_are_in_it_and_neither_fakes_nor_other_services():
    names = {name for name, _ in files_of_code()}
    assert {
        "services/__init__.py",
        "services/api_lambda/handlers.py",
        "services/reconciler/handlers.py",
        "shared/aws/tracing.py",
    } <= names
    assert not {name for name in names if name.startswith(("shared/testing/", "services/transcriber"))}
    assert all(name.endswith((".py", ".html", ".txt", ".json")) for name in names)
