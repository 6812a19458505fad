#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""style.py TOP BUILD: the rules of the code that a machine can check, as TAP.

Each check is a generator of complaints. Each is first run over a small tree that breaks its rule
once, and has to complain there, so that no check can pass by looking at nothing.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

COLUMNS = 100
TAB = 8
CODE = (".c", ".h")
SCRIPTS = (".py", ".sh")

# Words that the public symbols of a module may begin with, besides the names of the module and its
# folders, of its headers and of the file itself.
WORDS = {
    "base": {"damage", "rect", "pixel", "picture", "cursor"},
    "present": {"presenter"},
}
# Where GLib is not known.
PLAIN = ("base", "relay", "guest/core")


# ---- the tree ---------------------------------------------------------------------------------


def files_of(top, folders=("src", "tests", "bench", "tools", "data", ".ci", "dev")):
    """Every file of the project below the folders named, as a path from top."""
    for folder in folders:
        path = os.path.join(top, folder)
        if os.path.isfile(path):
            yield folder
        for where, below, names in os.walk(path):
            below[:] = [name for name in below if name not in ("corpus", "__pycache__")]
            for name in names:
                yield os.path.relpath(os.path.join(where, name), top)


def text_of(top, path):
    with open(os.path.join(top, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def is_source(top, path):
    if path.endswith(CODE + SCRIPTS):
        return True
    if "." in os.path.basename(path):
        return False
    with open(os.path.join(top, path), "rb") as file:
        return file.read(2) == b"#!"


def layers_of(top):
    """{module: level} from the line of docs/ARCHITECTURE.md that orders the modules with '<'."""
    for line in text_of(top, "docs/ARCHITECTURE.md").splitlines():
        if line.startswith("`base` <"):
            levels = [re.findall(r"`([\w/]+)`", part) for part in line.split("<")]
            return {name: level for level, names in enumerate(levels) for name in names}
    raise LookupError("docs/ARCHITECTURE.md has no line that orders the layers: `base` < …")


def module_of(path, layers):
    """The module that a path from src/ belongs to: its longest folder that has a layer."""
    parts = os.path.dirname(path).split("/")
    for length in range(len(parts), 0, -1):
        name = "/".join(parts[:length])
        if name in layers:
            return name
    return None


def code_of(text):
    """C text without comments and without what stands in strings."""
    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    return re.sub(pattern, lambda match: " " if match[0][0] == "/" else '""', text, flags=re.S)


# ---- the checks -------------------------------------------------------------------------------


def check_layers(top, build):
    """an include that goes up or sideways"""
    layers = layers_of(top)
    for path in files_of(top, ("src",)):
        if not path.endswith(CODE):
            continue
        inner = path[len("src/"):]
        own = module_of(inner, layers)
        if own is None:
            yield f"{path}: its folder has no place in the layers of docs/ARCHITECTURE.md"
            continue
        for number, line in enumerate(text_of(top, path).splitlines(), 1):
            if not (match := re.match(r'\s*#\s*include\s*"([^"]+)"', line)):
                continue
            target = module_of(match[1], layers)
            if target is None:
                yield f'{path}:{number}: "{match[1]}" is not written from src/'
            elif target != own and layers[target] >= layers[own]:
                yield f'{path}:{number}: {own} includes "{match[1]}", which stands not below it'


def check_plain(top, build):
    """GLib or libvirt in a module that is also built for Windows"""
    for path in files_of(top, [f"src/{module}" for module in PLAIN]):
        for number, line in enumerate(text_of(top, path).splitlines(), 1):
            if re.match(r"\s*#\s*include\s*<(glib|gio|gobject|libvirt)", line):
                yield f"{path}:{number}: {line.strip()}"


def allowed_words(top, source, layers):
    """What may stand between oriel_ and the next _ in a public symbol of this file."""
    module = module_of(source, layers) or os.path.dirname(source)
    first = module.split("/")[0]
    words = {module.replace("/", "_"), *os.path.dirname(source).split("/")}
    words |= WORDS.get(first, set())
    for path in [*files_of(top, [f"src/{first}"]), source]:
        if path.endswith(".h") or path == source:
            stem = os.path.splitext(os.path.basename(path))[0]
            words |= {stem, re.sub("_(linux|windows)$", "", stem)}
    return words


def symbols_of(targets):
    """(object file, public symbol) of them all."""
    names = subprocess.run(["nm", "-A", "-g", "--defined-only", "--format=posix", *targets],
                           check=True, capture_output=True, text=True).stdout
    for line in names.splitlines():
        target, _, symbol = line.partition(": ")
        yield target, symbol.split()[0]


def check_symbols(top, build):
    """a public symbol without its module's prefix"""
    layers = layers_of(top)
    sources = {}
    for entry in json.loads(text_of(build, "compile_commands.json")):
        source = os.path.relpath(os.path.join(entry["directory"], entry["file"]), top)
        target = os.path.join(entry["directory"], entry["output"])
        if source.startswith("src/") and os.path.exists(target):
            sources[target] = source, allowed_words(top, source[len("src/"):], layers)
    if not sources:
        yield f"no object file found under {build}: is it built?"
        return
    for target, name in symbols_of(sources):
        source, words = sources[target]
        # A table of all of them, oriel_presenters, is named in the plural.
        good = re.match(rf"oriel_({'|'.join(words)})s?(_|$)", name)
        if name != "main" and not good:
            yield f"{source}: {name} begins with none of oriel_{{{','.join(sorted(words))}}}"


def check_spdx(top, build):
    """a source file without its licence line"""
    for path in files_of(top):
        if is_source(top, path):
            head = text_of(top, path).splitlines()[:2]
            if not any("SPDX-License-Identifier: LGPL-2.1-or-later" in line for line in head):
                yield f"{path}: no SPDX-License-Identifier in its first two lines"


def check_readme(top, build):
    """a module folder without a README.md"""
    folders = {path.split("/")[1] for path in files_of(top, ("src",)) if path.endswith(".c")}
    for folder in sorted(folders):
        readme = os.path.join(top, "src", folder, "README.md")
        if not os.path.exists(readme) or os.path.getsize(readme) < 80:
            yield f"src/{folder}: no README.md that says what it is, its door, threads and tests"


def check_shell(top, build):
    """a command given to a shell as a string"""
    for path in files_of(top):
        if path.endswith(CODE):
            for match in re.finditer(r"\b(system|popen)\s*\(", code_of(text_of(top, path))):
                yield f"{path}: calls {match[1]}()"


def check_columns(top, build):
    """a line wider than a screen"""
    for path in files_of(top):
        if is_source(top, path):
            for number, line in enumerate(text_of(top, path).splitlines(), 1):
                width = len(line.expandtabs(TAB))
                if width > COLUMNS:
                    yield f"{path}:{number}: {width} columns, {COLUMNS} are allowed"


# ---- one tree that breaks each rule once ------------------------------------------------------

GOOD = "/* SPDX-License-Identifier: LGPL-2.1-or-later */\n"
BAD = {
    check_layers: ("src/base/ring.c", GOOD + '#include "relay/consumer.h"\n'),
    check_plain: ("src/relay/pace.c", GOOD + "#include <glib.h>\n"),
    check_symbols: ("src/relay/pace.c", GOOD + "int oriel_view_stray(void) { return 0; }\n"),
    check_spdx: ("tools/thing.py", "#!/usr/bin/env python3\nprint(1)\n"),
    check_readme: ("src/window/x11.c", GOOD),
    check_shell: ("src/view/main.c", GOOD + 'int f(void) { return system /* */ ("ls"); }\n'),
    check_columns: ("tests/base/test.c", GOOD + "\t" * 12 + "int wide;\n"),
}


def make_tree(top, path, text):
    """A tree in order: base and its symbols are there and right; then path with text on top."""
    files = {
        "docs/ARCHITECTURE.md": "`base` < `relay` `window` < programs (`view`)\n",
        "src/base/error.c": GOOD + "int oriel_error_set(void) { return 0; }\n",
    }
    for module in ("base", "relay", "view"):
        files[f"src/{module}/README.md"] = "What it is, its door, its threads, how to test it. " * 3
    if path:
        files[path] = text
    for name, content in files.items():
        os.makedirs(os.path.dirname(os.path.join(top, name)), exist_ok=True)
        with open(os.path.join(top, name), "w", encoding="utf-8") as file:
            file.write(content)
    compile_tree(top, [name for name in ("src/base/error.c", "src/relay/pace.c") if name in files])


def compile_tree(top, sources):
    commands = []
    for source in sources:
        target = source.replace("/", "_") + ".o"
        if "glib.h" not in text_of(top, source):
            subprocess.run(["cc", "-c", source, "-o", target], cwd=top, check=True)
        commands.append({"directory": top, "file": source, "output": target})
    with open(os.path.join(top, "compile_commands.json"), "w", encoding="utf-8") as file:
        json.dump(commands, file)


def complaints_of_sample(check, path, text):
    with tempfile.TemporaryDirectory(prefix="oriel-style-") as top:
        make_tree(top, path, text)
        return list(check(top, top))


# ---- TAP --------------------------------------------------------------------------------------


def report(number, good, name, complaints=()):
    print(f"{'ok' if good else 'not ok'} {number} - {name}")
    for line in complaints:
        print(f"# {line}")


def main(top, build):
    print(f"1..{3 * len(BAD)}")
    number = 0
    for check, (path, text) in BAD.items():
        what = check.__doc__
        clean = complaints_of_sample(check, None, None)
        report(number + 1, not clean, f"accepts a tree without {what}", clean)
        found = complaints_of_sample(check, path, text)
        report(number + 2, len(found) == 1, f"finds {what}", found)
        complaints = list(check(top, build))
        report(number + 3, not complaints, f"no file has {what}", complaints)
        number += 3


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]))
