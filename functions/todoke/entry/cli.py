"""``todoke …``: everything an operator does, by name.

Exit codes: 0 done, 1 refused (the sentence says what to do), 2 wrong usage, 3 the machine
(disk full, store not answering), 130 interrupted.
"""

from __future__ import annotations

import gc
import sys
from importlib import import_module

from todoke.core.errors import TodokeError
from todoke.entry import unchanged

# everything else is imported where it is needed: most publications find that nothing changed, and
# should say so before a web server and a store are loaded
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from todoke.entry.arguments import Parser
    from todoke.entry.terminal import Terminal

#: in the order a newcomer needs them
COMMANDS = (
    "serve",
    "init",
    "publish",
    "check",
    "catalogue",
    "announce",
    "subscribers",
    "staff",
    "residents",
    "bills",
    "import",
    "redrive",
    "work",
    "backup",
    "restore",
    "doctor",
    "verify",
    "clock",
    "export",
    "keys",
    "amount",
    "deadline",
    "timeline",
    "validate",
    "refuse-mynumber",
)


def parser(names: Sequence[str] = COMMANDS) -> Parser:
    """The commands with their help; also what docs/reference.md is made from."""
    from keyword import iskeyword

    from todoke import __version__
    from todoke.entry.arguments import Parser, shared

    top = Parser(prog="todoke", description="届け: a city's own push service")
    top.add_argument("--version", action="version", version=f"todoke {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="command")
    for name in names:
        own = "_" if iskeyword(name) else ""  # PEP 8: `import` is no name of a module
        module = import_module(f"todoke.entry.commands.{name.replace('-', '_')}{own}")
        words = (module.__doc__ or "").strip().split("\n")[0]
        each = commands.add_parser(name, help=words, description=words, parents=[shared()])
        module.add_arguments(each)
        each.set_defaults(run=module.run)
        each.silent = getattr(module, "SILENT", False)
        top.silent = top.silent or (each.silent and len(names) == 1)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; the return value is the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    said = _quickly(given[1:]) if given[:1] == ["publish"] else None
    if said is not None:
        print(said)
        gc.freeze()  # at its end the interpreter would look at everything once more
        return 0
    return _run(given)


def _quickly(options: Sequence[str]) -> str | None:
    """What ``publish`` says where nothing or hardly anything changed; None for the full way."""
    since = unchanged.since(options)
    if since is None or since.said is not None or not since.files:
        return since.said if since else None
    gc.disable()  # with the freezing above a tenth of this short life
    try:
        from todoke.entry import few

        return few.answer(since)
    finally:
        gc.enable()


def _run(given: Sequence[str]) -> int:
    from todoke.entry import logs
    from todoke.entry.terminal import Terminal

    # only the command that is asked for is imported: `keys show` needs no web server
    named = given[:1] if given[:1] and given[0] in COMMANDS else COMMANDS
    parsed = parser(named).parse_args(list(given))
    logs.configure("INFO" if parsed.command in ("serve", "work") else "WARNING")
    terminal = Terminal(parsed)
    try:
        return int(parsed.run(terminal) or 0)
    except TodokeError as error:
        _explain(terminal, error)
        return 3 if error.status >= 500 else 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # the reader of our output (head, less) has gone
        import os

        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        _explain(terminal, _of_the_machine(error))
        return 3
    except Exception:
        # a defect: the place for whoever mends it, the words for whoever met it
        import traceback

        traceback.print_exc()
        _explain(terminal, TodokeError("internal"))
        return 3


def _explain(terminal: Terminal, error: TodokeError) -> None:
    """The one error shape, for a program or for a person."""
    message, advice = terminal.explain(error)
    if terminal.arguments.json:
        import json

        shown = {"ok": False, "error": error.code, "message": message, "advice": advice}
        print(json.dumps(shown, ensure_ascii=False))
    else:
        print(f"todoke: {message}\n{advice}".rstrip(), file=sys.stderr)


def _of_the_machine(error: OSError) -> TodokeError:
    """Disk, permissions, descriptors: said like the store says it."""
    import errno

    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return TodokeError("storage_full")
    name = errno.errorcode.get(error.errno or 0, "disk")
    return TodokeError("machine_refused", reason=name, path=error.filename or "-")


if __name__ == "__main__":
    sys.exit(main())
