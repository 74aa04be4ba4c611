#!/usr/bin/env python3
"""Runs the commands of the Containerfile without a container engine: container.py [FOLDER]

Each stage begins as a bare Debian that debootstrap makes (the base images are the same, and some documentation less).
RUN, COPY, WORKDIR, USER and CMD are carried out as they stand, so that a missing package or a wrong path is found here.
Layers, registries and the entry of an engine are not tried. It needs root, debootstrap and a Debian mirror."""
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
MIRROR = "http://deb.debian.org/debian"


def instructions(text):
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines():
        word, _, rest = line.strip().partition(" ")
        if word:
            yield word, rest.strip()


class Stage:
    def __init__(self, folder, bare):
        self.folder, self.user, self.work = folder, "root", "/"
        subprocess.run(["cp", "-a", bare, folder], check=True)  # with its devices
        shutil.copy("/etc/resolv.conf", folder / "etc/resolv.conf")

    def run(self, command):
        script = f"cd {shlex.quote(self.work)} && {command}"
        print(f"   {self.user}: {command[:150]}", flush=True)
        mounted = subprocess.run(["mount", "-t", "proc", "proc", self.folder / "proc"], check=False).returncode == 0
        try:
            subprocess.run(["chroot", f"--userspec={self.user}", self.folder, "/bin/sh", "-c", script], check=True,
                           env={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
                                "DEBIAN_FRONTEND": "noninteractive"}, stdout=subprocess.PIPE)
        finally:
            if mounted:
                subprocess.run(["umount", self.folder / "proc"], check=True)

    def mounted(self, rest, stages):
        """`--mount=from=STAGE,source=/x,target=/y` as a copy; the command behind."""
        while rest.startswith("--mount="):
            option, _, rest = rest.partition(" ")
            parts = dict(part.split("=", 1) for part in option.removeprefix("--mount=").split(",") if "=" in part)
            shutil.copytree(f"{stages[parts['from']].folder}{parts['source']}", f"{self.folder}{parts['target']}", dirs_exist_ok=True)
        return rest

    def take(self, word, rest, stages):
        if word == "RUN":
            self.run(self.mounted(rest, stages))
        elif word == "WORKDIR":
            self.work = rest
            (self.folder / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
        elif word == "USER":
            self.user = rest
        elif word == "COPY" and rest.split() == [".", "."]:
            archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True).stdout
            subprocess.run(["tar", "-x", "-C", self.folder / self.work.lstrip("/")], check=True, input=archive)
        elif word == "CMD":
            self.run(" ".join(map(shlex.quote, re.findall(r'"([^"]*)"', rest))))
        else:
            sys.exit(f"{word} {rest}: this script does not know it")


def main():
    work = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(tempfile.mkdtemp(prefix="had-container-"))
    work.mkdir(parents=True, exist_ok=True)
    bare = work / "bare"
    if not bare.exists():
        subprocess.run(["debootstrap", "--variant=minbase", "bookworm", bare, MIRROR], check=True, stdout=subprocess.DEVNULL)
    stages, stage = {}, None
    for word, rest in instructions((ROOT / "Containerfile").read_text()):
        if word == "FROM":
            name = rest.split(" AS ")[1] if " AS " in rest else str(len(stages))
            print(f"== stage {name}", flush=True)
            shutil.rmtree(work / name, ignore_errors=True)
            stage = stages[name] = Stage(work / name, bare)
        else:
            stage.take(word, rest, stages)
    # What a job would do in it.
    stage.work = "/tmp"
    stage.run("had init foundation && had check foundation && had build foundation -o out && had aws >/dev/null")
    print("the commands of the Containerfile work")
    if len(sys.argv) < 2:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
