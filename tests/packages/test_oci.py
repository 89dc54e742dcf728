"""The image for CloudNativePG: what it says of itself, what is in it, and a server 18 that has it as a volume."""

import hashlib
import json
import os
import pathlib
import platform
import re
import subprocess
import tarfile

import pytest
import trial
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAJOR = next((major for major in os.environ.get("PG", "18").split() if int(major) >= 18), None)
URL = "https://example.org/pg_guardrail"
EPOCH = "1700000000"
VERSION = trial.crate_field("version")
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
LICENCES = f"licenses/postgresql-{MAJOR}-pg-guardrail"
MANIFESTS = ROOT / "docs/examples/cloudnativepg.yaml"

if MAJOR is None:
    pytest.skip("image volumes are for PostgreSQL 18 and later", allow_module_level=True)


def make(*majors, **environment):
    environment = os.environ | {"SOURCE_DATE_EPOCH": EPOCH, "PROJECT_URL": URL} | environment
    return subprocess.run(
        [ROOT / "packaging/oci.sh", *majors], capture_output=True, text=True, cwd=ROOT, env=environment
    )


@pytest.fixture(scope="module")
def archives():
    """The paths of the archives, by the Debian that each is for."""
    done = make(MAJOR)
    assert done.returncode == 0, done.stderr
    paths = [pathlib.Path(line) for line in done.stdout.split()]
    return {path.name.split("-")[3]: path for path in paths}


class Image:
    """An archive with an OCI layout, unpacked."""

    def __init__(self, archive, folder):
        self.layout = folder / "layout"
        with tarfile.open(archive) as packed:
            packed.extractall(self.layout, filter="data")
        self.index = json.loads((self.layout / "index.json").read_text())
        self.tags = {entry["annotations"]["org.opencontainers.image.ref.name"] for entry in self.index["manifests"]}
        self.manifest = self.blob(self.index["manifests"][0])
        self.config = self.blob(self.manifest["config"])

    def blob(self, descriptor):
        return json.loads(self.path(descriptor).read_text())

    def path(self, descriptor):
        content = self.layout / "blobs" / descriptor["digest"].replace(":", "/")
        assert hashlib.sha256(content.read_bytes()).hexdigest() == descriptor["digest"].split(":")[1]
        return content

    def layer(self):
        (only,) = self.manifest["layers"]
        return tarfile.open(self.path(only))


@pytest.fixture(scope="module", params=["bookworm", "trixie"])
def debian(request):
    return request.param


@pytest.fixture(scope="module")
def image(archives, debian, tmp_path_factory):
    return Image(archives[debian], tmp_path_factory.mktemp(debian))


def test_the_archives_are_named_after_their_content(archives):
    assert {path.name for path in archives.values()} == {
        f"pg_guardrail-{MAJOR}-{VERSION}-{debian}-{ARCHITECTURE}.oci.tar" for debian in ("bookworm", "trixie")
    }


def test_the_tags_follow_the_convention_of_cloudnativepgs_images(image, debian):
    assert image.tags == {f"{VERSION}-{MAJOR}-{debian}", f"{VERSION}-202311142213-{MAJOR}-{debian}"}
    assert len({entry["digest"] for entry in image.index["manifests"]}) == 1


def test_it_runs_nothing_and_belongs_to_nobody(image):
    assert (image.config["os"], image.config["architecture"]) == ("linux", ARCHITECTURE)
    assert image.config["created"] == "2023-11-14T22:13:20Z"
    assert {name: value for name, value in image.config["config"].items() if name != "Labels"} == {"User": "65532:65532"}


def test_labels_and_annotations_say_what_it_is_for(image, debian):
    labels = dict(image.config["config"]["Labels"])
    assert image.manifest["annotations"] == labels
    assert re.fullmatch("[0-9a-f]{40}", labels.pop("org.opencontainers.image.revision"))
    general = {
        "created": "2023-11-14T22:13:20Z",
        "version": VERSION,
        "title": f"pg_guardrail {VERSION} {MAJOR} {debian}",
        "description": f"{trial.crate_field('description')}: pg_guardrail {VERSION} for PostgreSQL {MAJOR} on {debian}",
        "authors": trial.crate_field("authors")[0],
        "vendor": trial.crate_field("authors")[0],
        "licenses": trial.crate_field("license"),
        "base.name": "scratch",
        "url": URL,
        "source": URL,
        "documentation": URL,
    }
    own = {
        "base.name": f"ghcr.io/cloudnative-pg/postgresql:{MAJOR}-minimal-{debian}",
        "base.pgmajor": MAJOR,
        "base.os": debian,
        "sql.version": VERSION,
    }
    assert labels == {f"org.opencontainers.image.{name}": value for name, value in general.items()} | {
        f"io.cloudnativepg.image.{name}": value for name, value in own.items()
    }


def test_it_has_the_staged_tree_and_nothing_else(image):
    with image.layer() as layer:
        entries = {entry.name: entry for entry in layer.getmembers() if entry.name not in ("", ".")}
    files = [
        "lib/pg_guardrail.so",
        "share/extension/pg_guardrail.control",
        *(f"share/extension/{name}" for name in trial.scripts()),
        *(f"{LICENCES}/{name}" for name in ("LICENSE", "THIRD-PARTY")),
    ]
    assert sorted(name for name, entry in entries.items() if entry.isfile()) == sorted(files)
    folders = {"lib", "licenses", LICENCES, "share", "share/extension"}
    assert {name for name, entry in entries.items() if entry.isdir()} == folders
    assert len(entries) == len(files) + len(folders)
    executable = {"lib/pg_guardrail.so"} | folders
    assert {name: entry.mode for name, entry in entries.items()} == {
        name: 0o755 if name in executable else 0o644 for name in entries
    }
    assert {(entry.uid, entry.gid, entry.mtime) for entry in entries.values()} == {(0, 0, int(EPOCH))}


def test_the_same_tree_gives_the_same_image(archives):
    before = {path: path.read_bytes() for path in archives.values()}
    done = make(MAJOR)
    assert done.returncode == 0, done.stderr
    assert {path: path.read_bytes() for path in archives.values()} == before


@pytest.mark.parametrize(
    ("majors", "environment", "message"),
    [
        ([], {}, "make oci needs the major version of PostgreSQL: make oci PG=18"),
        (["7"], {}, 'the extension does not support PostgreSQL "7"'),
        (
            ["17"],
            {},
            "PostgreSQL 17 does not find an extension in an image volume; extension_control_path is new in 18",
        ),
        (["18"], {"DISTRO": "trixie sid"}, 'DISTRO must be of bookworm and trixie: "sid"'),
    ],
)
def test_bad_arguments_are_named(majors, environment, message):
    done = make(*majors, **environment)
    assert (done.returncode, done.stderr.splitlines()) == (1, [f"error: {message}"])


def mount(image, folder):
    """Unpacks the image as the container runtime would mount it: nobody may write to it."""
    with image.layer() as layer:
        layer.extractall(folder, filter="data")
    for path in [folder, *folder.rglob("*")]:
        path.chmod(path.stat().st_mode & ~0o222)
    return folder


def unmount(folder):
    for path in [folder, *(path for path in folder.rglob("*") if path.is_dir())]:
        path.chmod(0o755)


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """The folder of a server that does not have the extension itself."""
    return trial.copy_server(MAJOR, tmp_path_factory.mktemp("server") / "postgresql")


def test_a_server_has_it_as_a_volume(image, bare, tmp_path):
    """With the settings that the operator makes of the example; the operator itself is not there."""
    cluster, database = yaml.safe_load_all(MANIFESTS.read_text())
    wanted = cluster["spec"]["postgresql"]
    volume = mount(image, tmp_path / "extensions" / wanted["extensions"][0]["name"])
    settings = {
        "extension_control_path": f"'$system:{volume}/share'",
        "dynamic_library_path": f"'$libdir:{volume}/lib'",
        "shared_preload_libraries": ",".join(wanted["shared_preload_libraries"]),
        **wanted["parameters"],
    }
    try:
        with trial.Server(bare) as server:
            assert not server.knows_extension()
        with trial.Server(bare, **settings) as server:
            server.create_older_extension()
            server.update_extension()
            assert server.ask("SHOW guardrail.mode") == "enforce"
            server.expect_refusal()
            assert server.libraries() == {str(volume / "lib/pg_guardrail.so")}
            for extension in database["spec"]["extensions"]:
                with server.connect("template1") as session:
                    session.execute(f"CREATE EXTENSION {extension['name']} VERSION '{extension['version']}'")
    finally:
        unmount(tmp_path / "extensions")


def test_the_example_is_of_this_version():
    cluster, database = yaml.safe_load_all(MANIFESTS.read_text())
    tag = cluster["spec"]["postgresql"]["extensions"][0]["image"]["reference"].rsplit(":", 1)[1]
    server = cluster["spec"]["imageName"].rsplit(":", 1)[1]
    assert tag == f"{VERSION}-{server.replace('-minimal', '')}"
    assert database["spec"]["extensions"] == [{"name": "pg_guardrail", "version": VERSION}]
    assert database["spec"]["cluster"]["name"] == cluster["metadata"]["name"]
