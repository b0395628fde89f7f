"""Tests of the start-up of programs: their flags, help, mistakes and notices."""

import errno
import os
import subprocess
import sys
import warnings

import pytest
from absl import flags
from toy_folder import write_folder

from tf_rloss import data
from trainers.command_line import application, notices
from trainers.command_line.flags import ProgramFlags
from trainers.errors import TrainingError, UserError


@pytest.fixture
def flag_values():
    values = ProgramFlags()
    flags.DEFINE_integer("count", 3, "How many.", flag_values=values)
    flags.DEFINE_enum("kind", "a", ["a", "b"], "Which.", flag_values=values)
    values.headings["Flags"] = ["count", "kind"]
    return values


def run(flag_values, *arguments, main=lambda given: None, **options):
    """The exit code of a program."""
    argv = ["program", *arguments]
    with pytest.raises(SystemExit) as exit_info:
        application.run_app(main, flag_values, argv=argv, **options)
    return exit_info.value.code


def raising(error):
    def main(given):
        raise error

    return main


def test_flags_that_were_given_reach_main(flag_values):
    seen = []
    assert run(flag_values, "--count=5", main=seen.append) == 0
    assert seen == [{"count": 5}]


def test_flags_are_checked_before_tensorflow_starts(flag_values, monkeypatch, capsys):
    monkeypatch.setattr(application, "start_tensorflow", None)

    def check(given):
        raise UserError(f"{given['count']} is too many")

    assert run(flag_values, "--count=5", main=None, check=check) == 2
    assert capsys.readouterr().err == "error: 5 is too many\n"


@pytest.mark.parametrize("argument", ["--cuont=5", "--count=five", "--kind=c", "stray"])
def test_a_wrong_flag_is_one_line_and_exit_code_2(flag_values, argument, capsys):
    assert run(flag_values, argument) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("error: ")


@pytest.mark.parametrize(
    "error, code, line",
    [
        (UserError("mend this"), 2, "error: mend this"),
        (data.DataError("bad file"), 2, "error: bad file"),
        (FileNotFoundError("no folder x"), 2, "error: no folder x"),
        (
            FileNotFoundError(2, "No such file or directory", "x"),
            2,
            "error: No such file or directory: x",
        ),
        (
            OSError(errno.ENOSPC, "No space left on device"),
            2,
            "error: No space left on device. What was written before is whole.",
        ),
        (
            OSError(errno.EFBIG, "File too large"),
            2,
            "error: File too large. What was written before is whole.",
        ),
        (TrainingError("loss is NaN"), 1, "error: loss is NaN"),
        (KeyboardInterrupt(), 130, "\nInterrupted."),
    ],
)
def test_mistakes_of_the_user_have_no_traceback(flag_values, error, code, line, capsys):
    assert run(flag_values, main=raising(error)) == code
    assert capsys.readouterr().err == line + "\n"


def test_a_fault_of_the_program_keeps_its_traceback(flag_values):
    with pytest.raises(ZeroDivisionError):
        application.run_app(raising(ZeroDivisionError()), flag_values, argv=["program"])


def test_help_shows_the_docstring_and_every_flag(flag_values, capsys):
    assert run(flag_values, "--help", main=raising(None)) == 0
    text = capsys.readouterr().out
    assert text.startswith("Tests of the start-up of programs")
    assert "--count=\n      How many. (default: 3)" in text
    assert "--kind={a,b}\n      Which. (default: a)" in text


def test_help_shows_the_flags_that_matter_first_once(flag_values):
    flag_values.__dict__["first"] = ("kind",)
    text = application.help_text(raising(None), flag_values)
    assert text.index("--kind=") < text.index("Flags:\n") < text.index("--count=")
    assert text.count("--kind=") == 1


@pytest.mark.parametrize("name", ["scribble", "compare"])
def test_help_of_a_trainer_does_not_wait_for_tensorflow(name):
    program = (
        f"import sys; sys.argv[1:] = ['--help']; from trainers import {name}\n"
        f"try: {name}.run()\n"
        "finally: assert 'tensorflow' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "--phase2_epochs=" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100


def test_noise_is_dropped_and_errors_are_not(capfd, monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "2")
    with notices.without_noise():
        os.write(2, b"I0000 00:00:1.2 3 port.cc:153] oneDNN is on\n")
        os.write(2, b"W1122 12:00:00.1 3 cuda.cc:1] no driver\n")
        os.write(2, b"E0000 00:00:1.2 3 out of memory\n")
        os.write(2, b"a line of Python\n")
    kept = capfd.readouterr().err.splitlines()
    assert kept == ["E0000 00:00:1.2 3 out of memory", "a line of Python"]


def test_messages_that_were_asked_for_are_left_alone(capfd, monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    with notices.without_noise():
        os.write(2, b"I0000 00:00:1.2 3 port.cc:153] oneDNN is on\n")
    assert "oneDNN" in capfd.readouterr().err


def test_an_image_that_is_damaged_after_the_check_is_one_line(
    flag_values, tmp_path, capfd
):
    """Protects: TensorFlow reads images, and its errors have a traceback inside."""
    source = data.folder(write_folder(tmp_path, 4))
    damaged = tmp_path / "images" / f"{source.ids[2]}.png"
    damaged.write_bytes(damaged.read_bytes()[:50])

    def main(given):
        batches = data.train_pipeline(
            source, batch_size=2, crop_size=(16, 16), seed=0, targets=("scribble",)
        )
        for _ in batches.take(9):
            pass

    assert run(flag_values, main=main) == 2
    err = capfd.readouterr().err
    (line,) = [line for line in err.splitlines() if line.startswith("error: ")]
    assert f"{damaged.name}: cannot be read" in line and "Traceback" not in line
    assert "has changed since the start" in line


def test_pillow_does_not_warn_of_notes_in_photographs():
    with warnings.catch_warnings(record=True) as seen:
        notices.start_tensorflow()
        for module in ("PIL.TiffImagePlugin", "elsewhere"):
            warnings.warn_explicit(f"by {module}", UserWarning, "x", 1, module)
    assert [str(warning.message) for warning in seen] == ["by elsewhere"]
