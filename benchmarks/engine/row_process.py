"""One row of the suite in a process of its own, so that it begins with fresh memory."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from adapters.cli.output import Exit, error_console
from benchmarks.engine.baselines import OtherJournal
from benchmarks.engine.options import Options
from benchmarks.engine.run import run
from benchmarks.engine.setting import NotServed


def main() -> Exit:
    """Measure with the options of the first argument (JSON); write to the file of the second."""
    options, file = Options(**json.loads(sys.argv[1])), Path(sys.argv[2])
    try:
        report = run(options, error_console())
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except (NotServed, OtherJournal) as error:
        error_console().print(f"onequeue bench: {error}", markup=False, style="red")
        return Exit.BAD
    file.write_text(json.dumps(report), encoding="utf-8")
    return Exit.OK


if __name__ == "__main__":
    sys.exit(main())
