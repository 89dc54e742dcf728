"""Bare systems of Debian to try a package in, made by mmdebstrap from the mirror that this machine has packages from."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
SYSTEMS = ROOT / "target" / "systems"


def mirrors():
    """The addresses of this machine's archives of Debian: that of all packages, and that of security's if there is one."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Origin: Debian"]
    addresses = set(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split())
    security = {address for address in addresses if "security" in address}
    return sorted(addresses - security)[0], sorted(security)[:1]


def sources(release):
    """The lines of apt for a release. Before it is released, it has no security updates of its own."""
    archive, security = mirrors()
    yield f"deb {archive} {release} main"
    if release not in ("forky", "sid"):
        yield f"deb {archive} {release}-updates main"
        yield from (f"deb {address} {release}-security main" for address in security)


def image(release, name=None, packages=()):
    """The archive of a bare system with apt, or with more packages, under a name of its own. It is made once."""
    path = SYSTEMS / f"{name or release}.tar"
    if not path.exists():
        SYSTEMS.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.tar")
        # A mirror may be a copy of some weeks ago.
        included = ",".join(["ca-certificates", *packages])
        options = ["--variant=apt", f"--include={included}", "--aptopt=Acquire::Check-Valid-Until \"false\""]
        subprocess.run(["mmdebstrap", *options, release, part, *sources(release)], check=True, stdin=subprocess.DEVNULL)
        part.rename(path)
    return path


class System:
    """A running system: a folder as the root of processes that see no others. All of them end with it, and with us."""

    def __init__(self, release, name=None, packages=()):
        self.release = release
        SYSTEMS.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix=f"{release}-", dir=SYSTEMS))
        self.folder.chmod(0o755)
        archive = image(release, name, packages)
        subprocess.run(["tar", "--extract", "--file", archive, "--directory", self.folder], check=True)
        for name in ("resolv.conf", "hosts"):
            shutil.copy(f"/etc/{name}", self.folder / "etc")
        # Services are started by hand, as there is no init.
        policy = self.folder / "usr/sbin/policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
        mounts = f"""
            set -e
            mount --make-rprivate /
            mount --bind {self.folder} {self.folder}
            mount --rbind /dev {self.folder}/dev
            mount -t proc proc {self.folder}/proc
            mount -t tmpfs tmpfs {self.folder}/run
            mkdir -p {self.folder}/dev/shm
            mount -t tmpfs tmpfs {self.folder}/dev/shm
            echo ready
            exec cat"""
        self.init = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--ipc", "--fork", "--kill-child", "bash", "-c", mounts],
            # Nothing comes from there, and it ends when this process does, even if it is killed.
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.init.stdout.readline() == "ready\n", "this machine lets nobody mount, so no system can be started"
        children = Path(f"/proc/{self.init.pid}/task/{self.init.pid}/children")
        self.pid = children.read_text().split()[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.init.kill()
        self.init.wait()
        shutil.rmtree(self.folder)

    def try_to(self, command, stdin=""):
        """Runs a shell command as root. Returns its status and what it writes."""
        enter = ["nsenter", f"--target={self.pid}", "--mount", "--pid", "--ipc"]
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive",
                       "HOME": "/root"}  # fmt: skip
        done = subprocess.run(
            [*enter, "chroot", self.folder, "bash", "-c", command],
            input=stdin,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return done.returncode, done.stdout

    def run(self, command, stdin=""):
        """The same for a command that must succeed. Returns what it writes."""
        status, output = self.try_to(command, stdin)
        assert status == 0, f"{command}: status {status}\n{output}"
        return output

    def put(self, file, folder="root"):
        """Copies a file into a folder of the system, and returns its path there."""
        shutil.copy(file, self.folder / folder)
        return f"/{folder}/{Path(file).name}"

    def files(self):
        """All files of the system, but for those of the kernel and what PostgreSQL and apt keep."""
        skipped = {"dev", "proc", "run", "sys", "tmp"}
        found = set()
        for path, folders, names in os.walk(self.folder):
            if Path(path) == self.folder:
                folders[:] = [name for name in folders if name not in skipped]
            found.update(str(Path(path, name).relative_to(self.folder)) for name in [*names, *folders])
        return found
