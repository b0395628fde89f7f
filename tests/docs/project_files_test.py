"""Files that other services read: workflow, citation, hooks, Dockerfile."""

import pathlib
import re

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]


def read(name):
    return yaml.safe_load((ROOT / name).read_text())


def test_the_workflow_runs_the_tests_of_ci_and_the_style_checks():
    (job,) = read(".github/workflows/test.yml")["jobs"].values()
    commands = [step["run"] for step in job["steps"] if "run" in step]
    assert commands == [".ci/run", "make lint"]
    assert (ROOT / ".ci" / "run").is_file()


def test_the_citation_names_the_paper():
    citation = read("CITATION.cff")
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
    (paper,) = citation["references"]
    assert paper["title"] in (ROOT / "README.md").read_text().replace("\n", " ")


def test_hooks_run_the_style_checks():
    hooks = [
        h["id"] for r in read(".pre-commit-config.yaml")["repos"] for h in r["hooks"]
    ]
    assert {"ruff-check", "ruff-format"} <= set(hooks)


def test_the_dockerfile_installs_extras_that_exist():
    (extras,) = re.findall(r"\.whl\)\[([\w,]+)\]", (ROOT / "Dockerfile").read_text())
    setup = (ROOT / "setup.py").read_text()
    for extra in extras.split(","):
        assert f'    "{extra}": ' in setup
