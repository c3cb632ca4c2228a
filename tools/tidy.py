#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The ratchet: checks the rules of HACKING.md that a compiler does not know.

Prints "file:line: message" for each breach and exits with 1 if there is any.  What cannot obey
yet stands in tools/tidy-exceptions.txt, which may only shrink.  Before it judges the tree, tidy
checks on small samples that each of its rules can fire.
"""
import os
import re
import sys

# A folder of src/ may include its own headers and those of the folders named here.
ARROWS = {
    "base": "",
    "wire": "base",
    "proto": "wire base",
    "crypto": "base",
    "auth": "crypto wire base",
    "task": "base",
    "net": "task base",
    "vfs": "task base",
    "nt": "vfs task base",
    "smb": "nt auth net proto crypto task wire base",
    "client": "auth net proto crypto task wire base braid",
    "main": "base wire proto crypto auth task net vfs nt smb client braid",
}
# Beyond the folders above.
SINGLE_HEADERS = {"nt": ("proto/sd.h", "wire/filetime.h", "wire/guid.h")}

FILE_LINES_MAX = 600
HEADER_LINES_MAX = 250
FUNCTION_LINES_MAX = 70
LINE_COLUMNS_MAX = 100
INDENTS_MAX = 4
PARAMETERS_MAX = 5
EXCEPTIONS_MAX = 2  # entries of tidy-exceptions.txt; lower it with them, never raise it

SPDX = "SPDX-License-Identifier: Apache-2.0"
KERNEL_STRUCTS = r"sockaddr\w*|inotify_event|linux_dirent64|cmsghdr|nlmsghdr|rtattr|file_handle"
BANNED = [  # rule, pattern over code without comments and strings, message
    ("packed", r"\bpacked\b", "no packed structs: wire bytes go through rd/wr"),
    ("call", r"\b(sprintf|strcat|strtok|alloca|gets|tmpnam|mktemp|system|popen)\s*\(",
     "call that has a safer sibling"),
]
BANNED_SRC = [  # the same, in src/ only
    ("thread-local", r"\b(_Thread_local|__thread)\b", "no thread-locals: pass what is needed"),
]
CAST = re.compile(r"\(\s*(?:const\s+)?struct\s+(?!(?:%s)\s*\*)\w+\s*\*\s*\)\s*"
                  r"[(&*]*([\w.\[\]]|->)+" % KERNEL_STRUCTS)
BYTES = re.compile(r"\b(?:u?int8_t|char)\s*(?:const\s*)?(?:\*\s*(?:const\s+)?(\w+)|\s(\w+)\[)")
NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
DEFERRED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
INCLUDE = re.compile(r'^#\s*include\s+"([^"]+)"', re.M)
CONTINUED = re.compile(r"^[ \t]*#.*\\\n(?:.*\\\n)*.*$", re.M)
DIRECTIVE = re.compile(r"^[ \t]*#.*$", re.M)
ATTRIBUTE = re.compile(r"__attribute__\s*\(\(.*?\)\)", re.S)
HEAD = re.compile(r"(\w+)\s*\(([^;{}=]*)\)\s*\Z", re.S)


def blank(match):
    """Same number of lines and columns, nothing in them; strings keep their quotes."""
    text = match.group(0)
    inner = re.sub(r"[^\n]", " ", text)
    return '""' + inner[2:] if text[0] == '"' and len(text) > 1 else inner


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def functions(code):
    """Yields (name, line, lines, parameters) of each function defined in stripped code."""
    depth, chunk_start, head = 0, 0, None
    for brace in re.finditer(r"[{};]", code):
        at, what = brace.start(), brace.group(0)
        if what == "{":
            if depth == 0:
                chunk = ATTRIBUTE.sub(blank, code[chunk_start:at])
                head = HEAD.search(chunk)
                # HEAD takes the first name( that leads to the end; nested ones are parameters
                opened = chunk_start + head.start(1) if head else at
            depth += 1
        elif what == "}":
            depth -= 1
            if depth == 0:
                if head:
                    name, parameters = last_call(head.group(0))
                    opened += head.group(0).rindex(name + parameters)
                    first = line_of(code, opened)
                    yield name, first, line_of(code, at) - first + 1, count(parameters)
                head, chunk_start = None, at + 1
        elif depth == 0:
            chunk_start = at + 1


def last_call(text):
    """The name and the parenthesised list that end `text`."""
    text = text.rstrip()
    depth = 0
    for i in range(len(text) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(text[i], 0)
        if depth == 0:
            name = re.search(r"(\w+)(\s*)\Z", text[:i])
            return (name.group(1), name.group(2) + text[i:]) if name else ("", text[i:])
    return "", text


def count(parameters):
    """Number of parameters in "(…)"."""
    inner = parameters.strip()[1:-1].strip()
    if inner in ("", "void"):
        return 0
    depth, commas = 0, 0
    for c in inner:
        depth += {"(": 1, ")": -1}.get(c, 0)
        commas += c == "," and depth == 0
    return commas + 1


def check_text(path, text):
    """Rules for every file: yields (line, rule, value, message)."""
    lines = text.split("\n")
    if SPDX not in "\n".join(lines[:2]):
        yield 1, "spdx", 1, f"must open with {SPDX}"
    if text and not text.endswith("\n"):
        yield len(lines), "newline", 1, "no newline at the end"
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_COLUMNS_MAX:
            yield number, "width", len(line), f"{len(line)} columns, {LINE_COLUMNS_MAX} allowed"
        if line.endswith((" ", "\t")):
            yield number, "space", 1, "white space at the end"
    if path != "tools/tidy.py":
        for match in DEFERRED.finditer(text):
            yield line_of(text, match.start()), "deferred", 1, "do it now or open an issue"


def check_includes(path, text):
    parts = path.split("/")
    if parts[0] != "src":
        return
    folder = parts[1]
    if folder not in ARROWS:
        yield 1, "arrow", 1, f"src/{folder} is not in the table of arrows in tools/tidy.py"
        return
    for match in INCLUDE.finditer(text):
        target = match.group(1)
        if "/" not in target:
            yield (line_of(text, match.start()), "arrow", 1,
                   f'write "{folder}/{target}": includes name their folder')
        elif not (target.split("/")[0] in [folder, *ARROWS[folder].split()] or
                  target in SINGLE_HEADERS.get(folder, ())):
            yield (line_of(text, match.start()), "arrow", 1,
                   f"src/{folder} may not include {target}")


def check_indents(code):
    """Statements nested too deep; continuation lines do not count."""
    depth, complete = 0, True
    for number, line in enumerate(code.split("\n"), 1):
        bare = line.strip()
        if not bare:
            continue
        indents = (len(line) - len(line.lstrip(" "))) / 4
        if complete and depth == 0 and bare[0] not in "}?:&|+-*/=<>.," and indents > INDENTS_MAX:
            yield number, "indent", int(indents), f"{INDENTS_MAX} indents are allowed"
        depth += bare.count("(") - bare.count(")")
        complete = bare[-1] in ";{}:)" or bare.endswith(("else", "do"))


def check_casts(stripped):
    """Casts to struct pointers of what is declared as bytes, or is a span's or cursor's pointer."""
    byte_names = {"p", "at", "base"} | {a or b for a, b in BYTES.findall(stripped)}
    for match in CAST.finditer(stripped):
        operand = re.sub(r"\[.*", "", match.group(0).split(")", 1)[1])
        if re.findall(r"\w+", operand)[-1:] and re.findall(r"\w+", operand)[-1] in byte_names:
            yield (line_of(stripped, match.start()), "cast", 1,
                   "no cast from bytes to a struct: bytes go through rd/wr")


def check_c(path, text):
    """Rules for C: yields (line, rule, value, message)."""
    lines = text.count("\n")
    header = path.endswith(".h")
    allowed = HEADER_LINES_MAX if header else FILE_LINES_MAX
    if lines > allowed:
        yield 1, "file", lines, f"{lines} lines, {allowed} allowed"
    if not re.match(r"/\* %s\n \*\n \* \S" % SPDX, text):
        yield 1, "opening", 1, "must open with the SPDX line, then what the file models"
    if header and "\n#pragma once\n" not in text:
        yield 1, "once", 1, "#pragma once is missing"
    if "\t" in text:
        yield line_of(text, text.index("\t")), "tab", 1, "tab"
    stripped = NOISE.sub(blank, text)
    for rule, pattern, message in BANNED + (BANNED_SRC if path.startswith("src/") else []):
        for match in re.finditer(pattern, stripped):
            yield line_of(stripped, match.start()), rule, 1, message
    if path.startswith("src/") and not path.startswith("src/wire/"):
        yield from check_casts(stripped)
    code = DIRECTIVE.sub(blank, CONTINUED.sub(blank, stripped))
    yield from check_indents(code)
    for name, line, length, parameters in functions(code):
        if length > FUNCTION_LINES_MAX:
            yield line, "function", length, f"{name}: {length} lines, {FUNCTION_LINES_MAX} allowed"
        if parameters > PARAMETERS_MAX:
            yield (line, "parameters", parameters,
                   f"{name}: {parameters} parameters; more than {PARAMETERS_MAX} make a struct")


def check(path, text):
    yield from check_text(path, text)
    if path.endswith((".c", ".h")):
        yield from check_includes(path, text)
        yield from check_c(path, text)


def sources(root):
    """Relative paths of what the rules apply to."""
    for top in ("src", "include", "test", "tools", ".ci"):
        for folder, folders, files in os.walk(os.path.join(root, top)):
            folders[:] = sorted(f for f in folders if f not in ("corpus", "__pycache__", "data"))
            for name in sorted(files):
                path = os.path.relpath(os.path.join(folder, name), root)
                if name.endswith((".c", ".h", ".py", ".sh")) or "." not in name:
                    yield path


def check_listed(root, paths):
    """Every .c is built by the meson.build beside it."""
    builds = {}
    for path in paths:
        folder, name = os.path.split(path)
        if not name.endswith(".c"):
            continue
        if folder not in builds:
            try:
                builds[folder] = open(os.path.join(root, folder, "meson.build")).read()
            except OSError:
                builds[folder] = ""
        stem = name[:-2].removeprefix("test_").removeprefix("fuzz_")
        if f"'{name}'" not in builds[folder] and f"'{stem}'" not in builds[folder]:
            yield path, 1, "listed", 1, "not in the meson.build of its folder"


def exceptions(root):
    """{(path, rule): (value, line)} of lines "path rule value  reason"."""
    found = {}
    with open(os.path.join(root, "tools/tidy-exceptions.txt"), encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            if line.strip() and not line.startswith("#"):
                path, rule, value, _reason = line.split(None, 3)
                found[path, rule] = (int(value), number)
    return found


def judge(root):
    """Messages about the tree under root."""
    paths = list(sources(root))
    breaches = []
    for path in paths:
        with open(os.path.join(root, path), encoding="utf-8") as f:
            breaches += [(path, *b) for b in check(path, f.read())]
    breaches += check_listed(root, paths)
    excused, worst = exceptions(root), {}
    for path, line, rule, value, message in breaches:
        worst[path, rule] = max(worst.get((path, rule), 0), value)
        if value > excused.get((path, rule), (0, 0))[0]:
            yield f"{path}:{line}: {message}"
    for key, (value, line) in excused.items():
        if worst.get(key, 0) < value:
            advice = f"lower {value} to {worst[key]}" if key in worst else "remove the exception"
            yield f"tools/tidy-exceptions.txt:{line}: {key[0]} has become better: {advice}"
    if len(excused) != EXCEPTIONS_MAX:
        yield (f"tools/tidy-exceptions.txt:1: {len(excused)} exceptions, "
               f"EXCEPTIONS_MAX in tools/tidy.py is {EXCEPTIONS_MAX}")


OPENING = f"/* {SPDX}\n *\n * A sample. */\n"
CLEAN = OPENING + """#include "base/base.h"

#define MANY(a, b, c, d, e, f) \\
    do_it(a, b, c,             \\
          d, e, f)

/* A TO-DO is not a "packed" one. */
static const char *text = "packed { (struct x *)p";
MANY(1, 2, 3, 4, 5, 6)
MUST_USE int five(int a, int (*fn)(int, int), int c, int d, int e) __attribute__((cold))
{
    char bytes[9];
    for (;;) {
        if (a) {
            while (b) {
                call(a,
                                            b);
            }
        }
    }
    int sum = a ? one(b)
                     : two(b);
    return ((struct sockaddr *)bytes)->sa_family + ((const struct key *)k)->x;
}
"""
SAMPLES = [  # rule that must fire, path, text
    ("spdx", "src/base/x.c", "/* nothing */\n"),
    ("opening", "src/base/x.c", f"/* {SPDX} */\n"),
    ("newline", "src/base/x.c", OPENING + "int x;"),
    ("width", "src/base/x.c", OPENING + "/* " + "x" * 98 + " */\n"),
    ("space", "src/base/x.c", OPENING + "int x; \n"),
    ("tab", "src/base/x.c", OPENING + "\tint x;\n"),
    ("once", "src/base/x.h", OPENING),
    ("file", "src/base/x.c", OPENING + "int x;\n" * 598),
    ("file", "src/base/x.h", OPENING + "#pragma once\n" + "int x;\n" * 247),
    ("deferred", "src/base/x.c", OPENING + "/* TODO */\n"),
    ("deferred", "tools/x", f"# {SPDX}\n# FIXME\n"),
    ("arrow", "src/base/x.c", OPENING + '#include "wire/rd.h"\n'),
    ("arrow", "src/nt/x.c", OPENING + '#include "proto/close.h"\n'),
    ("arrow", "src/base/x.c", OPENING + '#include "hash.h"\n'),
    ("arrow", "src/unknown/x.c", OPENING),
    ("packed", "test/unit/base/test_x.c", OPENING + "struct __attribute__((packed)) x;\n"),
    ("thread-local", "src/smb/x.c", OPENING + "static _Thread_local int x;\n"),
    ("call", "src/base/x.c", OPENING + "int x = system(s);\n"),
    ("cast", "src/smb/x.c", OPENING + "int x = ((const struct smb2_hdr *)r->at)->y;\n"),
    ("cast", "src/smb/x.c", OPENING + "uint8_t buf[9];\nint x = ((struct hdr *)(buf + 1))->y;\n"),
    ("indent", "src/base/x.c", OPENING + "int f(void)\n{\n" + " " * 20 + "x();\n}\n"),
    ("parameters", "src/base/x.c", OPENING + "int f(int a, int b, int c, int d,\n"
                                              "      int e, int (*f)(int, int))\n{\n}\n"),
    ("function", "src/base/x.c", OPENING + "X(1)\nint f(void)\n{\n" + "    x();\n" * 68 + "}\n"),
]


def self_check():
    for path in ("src/base/x.c", "src/main/x.c"):
        noise = list(check(path, CLEAN))
        assert not noise, f"tidy objects to clean code: {noise}"
    longest = OPENING + "X(1)\nint f(void)\n{\n" + "    x();\n" * 67 + "}\n"
    assert not list(check("src/base/x.c", longest)), "a function of 70 lines is allowed"
    for rule, path, text in SAMPLES:
        fired = [b[1] for b in check(path, text)]
        assert rule in fired, f"tidy misses a breach of {rule!r}: {text!r}, saw {fired}"
    assert {s[0] for s in SAMPLES} >= {"function", "parameters", "arrow", "cast", "packed"}


def main():
    self_check()
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    messages = list(judge(root))
    print("\n".join(messages) or "tidy")
    return 1 if messages else 0


if __name__ == "__main__":
    sys.exit(main())
