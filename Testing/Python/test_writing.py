"""The one writer: what it writes, what it refuses to touch, and that there is no other in the library."""

import ast
import json
import os
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
from RayEmbRegistrationLib.files import writing
from RayEmbRegistrationLib.files.names import safe_name
from RayEmbRegistrationLib.files.pictures import write_picture
from RayEmbRegistrationLib.files.writing import write_atomically, write_csv, write_json, write_text
from RayEmbRegistrationLib.problems import InputProblem

LIBRARY = Path(writing.__file__).resolve().parents[1]
POSIX_ONLY = pytest.mark.skipif(os.name != "posix", reason="devices and pipes are of POSIX systems")


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_json_holds_arrays_and_what_json_lacks(tmp_path):
    path = tmp_path / "result.json"
    write_json(path, {"a": np.arange(3), "b": np.float32(0.5), "c": float("nan"), "path": Path("x"), 1: (True, None)})
    assert json.loads(path.read_text()) == {"a": [0, 1, 2], "b": 0.5, "c": None, "path": "x", "1": [True, None]}
    with pytest.raises(TypeError):
        write_json(path, {"a": object()})
    assert names_in(tmp_path) == ["result.json"]


def test_table_has_a_line_a_row(tmp_path):
    write_csv(tmp_path / "t.csv", ["a", "b"], [[1, "x,y"], ["", 2.5]])
    assert (tmp_path / "t.csv").read_bytes() == b'a,b\n1,"x,y"\n,2.5\n'


@POSIX_ONLY
def test_full_disk_leaves_the_old_file(tmp_path):
    """A real limit on the size of files, in a process of its own: writing stops in the middle."""
    path = tmp_path / "result.json"
    write_json(path, {"old": 1})
    code = f"""
import resource, signal, sys
sys.path.insert(0, {str(LIBRARY.parent)!r})
from RayEmbRegistrationLib.files.writing import write_text
from RayEmbRegistrationLib.problems import InputProblem
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    write_text({str(path)!r}, "x" * 1_000_000)
except InputProblem as problem:
    print(problem)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout  # noqa: S603
    assert "result.json could not be written (File too large) and is as it was before" in said
    assert json.loads(path.read_text()) == {"old": 1}
    assert names_in(tmp_path) == ["result.json"]


def test_writer_that_fails_leaves_nothing(tmp_path):
    def fails(path):
        path.write_text("half")
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        write_atomically(tmp_path / "new.txt", fails)
    assert names_in(tmp_path) == []


@POSIX_ONLY
def test_devices_pipes_sockets_and_folders_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "to_device").symlink_to("/dev/null")
    with socket.socket(socket.AF_UNIX) as bound:
        here = Path.cwd()
        os.chdir(tmp_path)  # a socket's path may have some hundred bytes only
        bound.bind("socket")
        os.chdir(here)
        kinds = {"pipe": "a pipe", "folder": "a folder", "socket": "a socket", "to_device": "a device"}
        before = {name: os.lstat(tmp_path / name) for name in kinds}
        for name, words in kinds.items():
            with pytest.raises(InputProblem, match=f"{name} is {words}; give the name of a file"):
                write_text(tmp_path / name, "x")
            assert os.lstat(tmp_path / name).st_ino == before[name].st_ino
    with pytest.raises(InputProblem, match="null is a device"):
        write_text("/dev/null", "x")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    assert names_in(tmp_path) == sorted(kinds)


def test_read_only_file_and_missing_folder_are_refused(tmp_path):
    path = tmp_path / "kept.json"
    path.write_text("old")
    path.chmod(0o444)
    with pytest.raises(InputProblem, match=r"kept\.json is read-only and is left as it is"):
        write_text(path, "new")
    assert path.read_text() == "old"
    with pytest.raises(InputProblem, match=r"the folder .*none does not exist; make it or choose another for x\.json"):
        write_text(tmp_path / "none" / "x.json", "x")
    with pytest.raises(InputProblem, match="holds a null character"):
        write_text(f"{tmp_path}/a\0b", "x")
    with pytest.raises(InputProblem, match="cannot be written"):
        write_text(tmp_path / ("n" * 300), "x")


@POSIX_ONLY
def test_link_stays_and_what_it_leads_to_is_written_and_said(tmp_path, caplog):
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "real.json").chmod(0o640)
    (tmp_path / "link.json").symlink_to("real.json")
    (tmp_path / "far.json").symlink_to(tmp_path / "link.json")
    (tmp_path / "dangling.json").symlink_to(tmp_path / "new.json")
    (tmp_path / "loop").symlink_to(tmp_path / "loop2")
    (tmp_path / "loop2").symlink_to(tmp_path / "loop")
    assert write_text(tmp_path / "far.json", "new") == tmp_path / "real.json"
    assert "far.json is a link" in caplog.text
    assert str(tmp_path / "real.json") in caplog.text
    assert (tmp_path / "real.json").read_text() == "new"
    assert (tmp_path / "real.json").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "link.json").is_symlink()
    write_text(tmp_path / "dangling.json", "new")
    assert (tmp_path / "dangling.json").is_symlink()
    assert (tmp_path / "new.json").read_text() == "new"
    with pytest.raises(InputProblem, match="leads back to itself"):
        write_text(tmp_path / "loop", "x")


@POSIX_ONLY
def test_new_file_has_the_permissions_the_user_wants(tmp_path):
    old = os.umask(0o077)
    try:
        write_text(tmp_path / "private.txt", "x")
    finally:
        os.umask(old)
    assert (tmp_path / "private.txt").stat().st_mode & 0o777 == 0o600


def test_many_writers_of_one_file_leave_one_whole_file(tmp_path):
    path = tmp_path / "shared.txt"
    texts = [f"{n}" * 200_000 for n in range(8)]
    problems = []

    def write(text):
        try:
            for _ in range(5):
                write_text(path, text)
        except InputProblem as problem:
            problems.append(problem)

    threads = [threading.Thread(target=write, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert path.read_text() in texts
    assert names_in(tmp_path) == ["shared.txt"]


def test_names_that_are_no_utf8_work(tmp_path, name_not_utf8):
    """In the file's and in the folder's name, and for libraries that take names as UTF-8 only."""
    sitk = pytest.importorskip("SimpleITK")
    folder = tmp_path / name_not_utf8
    folder.mkdir()
    picture = np.arange(48, dtype=np.uint8).reshape(6, 8)
    for path in (tmp_path / f"{name_not_utf8}.png", folder / "p.png", folder / f"{name_not_utf8}.png"):
        write_picture(path, picture)
        np.testing.assert_array_equal(
            cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_GRAYSCALE), picture
        )
    image = sitk.GetImageFromArray(picture[None])
    for path in (tmp_path / f"{name_not_utf8}.nii.gz", folder / "v.nii.gz"):
        write_atomically(path, lambda temporary: sitk.WriteImage(image, str(temporary)))
        assert path.read_bytes()[:2] == b"\x1f\x8b"
    write_json(folder / "r.json", {"xray": folder / "p.png", name_not_utf8: 1})
    assert json.loads((folder / "r.json").read_text(encoding="utf-8"))["xray"].endswith("caf\\udce9-\\udcff/p.png")


def test_longest_name_a_folder_takes_works(tmp_path):
    path = tmp_path / ("n" * 250 + ".json")
    write_json(path, {"a": 1})
    assert json.loads(path.read_text()) == {"a": 1}


def test_picture_of_an_unknown_kind_is_refused(tmp_path):
    with pytest.raises(InputProblem, match=r"cannot be written as '\.xyz'; choose \.png"):
        write_picture(tmp_path / "p.xyz", np.zeros((4, 4), np.uint8))
    assert names_in(tmp_path) == []


@pytest.mark.parametrize(
    "name",
    [
        "..",
        ".",
        "",
        "../../etc/passwd",
        "/abs",
        "a\\b",
        "a/b",
        "nul",
        "COM1.txt",
        "a\0b",
        "a\nb",
        " .hidden",
        "é" * 10,
        "\udcff",
    ],
)
def test_names_from_data_sets_stay_in_their_folder(tmp_path, name):
    safe = safe_name(name)
    assert safe not in ("", ".", "..", name)
    assert "/" not in safe
    assert "\\" not in safe
    assert not safe.startswith(".")
    assert (tmp_path / safe).resolve().parent == tmp_path.resolve()
    assert safe_name(safe) == safe
    (tmp_path / safe).write_text("x")


def test_good_names_stay_and_different_ones_stay_different():
    for good in ("17-1882", "specimen 3", "left_femur", "a.b", "dataset6_CLINIC_0001"):
        assert safe_name(good) == good
    hostile = ["..", "...", "a/b", "a\\b", "a:b", "", " ", "x" * 200, "x" * 201, "é", "è"]
    assert len({safe_name(name) for name in hostile}) == len(hostile)


# Functions that write to the path which write_atomically gives them, those that write into a temporary folder for a reader
# that takes names only, and the one that moves a damaged file out of the way.
GIVEN_A_TEMPORARY = {("command_line/drr.py", "write_image"), ("pose/prepared/file.py", "save")}
GIVEN_A_TEMPORARY |= {("evaluation/datasets/export.py", "_write_image"), ("command_line/simulated_files.py", "_write_image")}
GIVEN_A_TEMPORARY |= {("command_line/simulated_files.py", name) for name in ("camera_and_truth", "_brought_to_disk")}
ELSEWHERE = {("pose/prepared/file.py", "_network_of"), ("files/foreign_transforms.py", "parse_itk_transform")}
ELSEWHERE |= {("pose/prepared/file.py", "set_aside")}
WRITING = {"write_bytes", "write_text", "imwrite", "WriteImage", "savez", "savez_compressed", "savefig", "save_file"}


def hands_that_write(path):
    """(function, what it calls) where a file is written without the one writer."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    inside = {id(call): function.name for function in functions for call in ast.walk(function)}
    through = {
        id(call)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("write_atomically")
        for call in ast.walk(node)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or id(node) in through or not isinstance(node.func, ast.Name | ast.Attribute):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
        words = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        opens = name == "open" and any(set(word) & set("wax+") and len(word) <= 3 for word in words)
        replaces = name in ("replace", "rename") and len(node.args) == 1 and not node.keywords
        method = isinstance(node.func, ast.Attribute)
        if (name in WRITING and method and ast.unparse(node.func).split(".")[0] != "writing") or opens or replaces:
            yield inside.get(id(node), ""), ast.unparse(node)
        if ast.unparse(node.func) in ("torch.save", "json.dump", "np.save", "np.savetxt", "shutil.copy", "shutil.copyfile"):
            yield inside.get(id(node), ""), ast.unparse(node)


def test_the_library_has_one_writer():
    packages = [LIBRARY, LIBRARY.parent / "RayEmbRegistrationPanel", LIBRARY.parent / "RayEmbRegistrationScene"]
    found = []
    for path in (path for package in packages for path in sorted(package.rglob("*.py"))):
        name = path.relative_to(path.parents[len(path.parts) - len(LIBRARY.parts) - 1]).as_posix()
        if path == Path(writing.__file__).resolve():
            continue
        allowed = GIVEN_A_TEMPORARY | ELSEWHERE
        found += [f"{name}: {call}" for function, call in hands_that_write(path) if (name, function) not in allowed]
    assert found == []
