"""A program that reports as children of jobs do, for tests of the line that they stand in."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def say(**told: object) -> None:
    line(json.dumps(told))


def line(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main(what: str, *arguments: str) -> None:
    say(stage="reading", done=1, of=2)
    if what == "fail":
        sys.exit("onequeue preview: there is no traffic in that period")
    if what == "silent":
        return
    if what == "garbage":
        line("no JSON")
    if what == "long":
        line("x" * 3_000_000)
    if what == "hungry":
        bytearray(1 << 40)
    if what == "forever":
        say(result={"left": tempfile.mkdtemp()}, final=False)
        grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        say(stage="forever", done=grandchild.pid, of=os.getpid())
        time.sleep(600)
    if what == "wait":
        while not Path(arguments[0]).exists():
            time.sleep(0.01)
    say(result={"so": "far"}, final=False)
    found = {
        "nice": os.nice(0),
        "url": os.environ["ONEQUEUE_REDIS_URL"],
        "arguments": list(arguments),
        "files": {each: Path(each).read_text() for each in arguments if Path(each).is_file()},
        "memory": resource.getrlimit(resource.RLIMIT_AS)[0],
        "leads": os.getsid(0) == os.getpid(),
    }
    say(result=found, final=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
