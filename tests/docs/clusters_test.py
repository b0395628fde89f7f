"""The examples for clusters: each worker gets a right TF_CONFIG and a right command."""

import json
import os
import pathlib
import shlex
import subprocess

import pytest
import yaml

from tests.trainers.tiny_run import given
from trainers import scribble

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "docs" / "clusters"

PROGRAM = """#!/usr/bin/env bash
echo "$TF_CONFIG" | tr -d '\\n'
echo
printf '%q ' "$@"
"""


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """Writes programs that come first in PATH."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    def write(name, text):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)

    write("tf-rloss-scribble", PROGRAM)
    return write


def run(command, **variables):
    done = subprocess.run(
        command,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    config, arguments = done.stdout.splitlines()
    flags = given(scribble, *shlex.split(arguments))  # The program takes them.
    assert flags["strategy"] == "multi_worker" and flags["dataset"] == "folder"
    return json.loads(config)


def test_each_node_of_slurm_has_its_number(fake):
    fake("srun", '#!/usr/bin/env bash\nshift\nSLURM_PROCID=1 exec "$@"\n')
    fake("scontrol", "#!/usr/bin/env bash\nprintf 'node1\\nnode2\\n'\n")
    variables = {"SLURM_JOB_ID": "77", "SLURM_JOB_NODELIST": "node[1-2]"}
    config = run(["bash", FOLDER / "slurm.sh"], **variables)
    assert config["cluster"] == {"worker": ["node1:20077", "node2:20077"]}
    assert config["task"] == {"type": "worker", "index": 1}


def test_a_lost_node_queues_the_job_again(fake):
    fake("srun", "#!/usr/bin/env bash\nexit 1\n")
    fake("scontrol", '#!/usr/bin/env bash\necho "$@"\n')
    variables = {"SLURM_JOB_ID": "77", "SLURM_JOB_NODELIST": "node[1-2]"}
    done = subprocess.run(
        ["bash", FOLDER / "slurm.sh"],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and "requeue 77" in done.stdout


@pytest.mark.parametrize("index", [0, 1])
def test_each_pod_of_kubernetes_has_its_number(fake, index):
    service, job = yaml.safe_load_all((FOLDER / "kubernetes.yaml").read_text())
    name = service["metadata"]["name"]
    spec = job["spec"]["template"]["spec"]
    assert spec["subdomain"] == name == job["metadata"]["name"]
    assert service["spec"]["selector"] == {"job-name": name}
    (container,) = spec["containers"]
    command = [*container["command"], *container["args"]]
    config = run(command, JOB_COMPLETION_INDEX=str(index))
    assert config["task"] == {"type": "worker", "index": index}
    count, (port,) = job["spec"]["completions"], container["ports"]
    addresses = [f"{name}-{n}.{name}:{port['containerPort']}" for n in range(count)]
    assert config["cluster"] == {"worker": addresses}
    mounted = {mount["name"] for mount in container["volumeMounts"]}
    assert mounted == {volume["name"] for volume in spec["volumes"]}
