"""Makes the fonts of the site smaller: the characters that it uses, the weights that it uses, no hints.

Run with Debian's python3-fonttools and python3-brotli on the whole fonts (fontsource's latin files, under the OFL):

    python3 tools/fonts/subset.py FOLDER-OF-WHOLE-FONTS public/fonts

A character that is not in a font is drawn in the reader's own, so run it again when prose brings new ones.
"""
import pathlib
import sys

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = ["content", "src", "tools/site"]
SUFFIXES = {".mdx", ".ts", ".tsx"}

# The weights that src/styles asks for, and bold for a reader's own emphasis.
WEIGHTS = (400, 700)
# Accents that names and sentences to come may want.
SPARE = "àâäåæçèéêëíïñóôöøúüßÄÅÉÖØÜ§°±²³µ·½×÷–—‘’“”•…−≈≤≥→←"


# "Source" and "Plex" are reserved names: the licence asks that changed fonts carry others.
NAMES = {
    "ibm-plex-mono": "MB Mono",
    "ibm-plex-mono-600": "MB Mono",
    "ibm-plex-sans": "MB Sans",
    "source-serif-4": "MB Serif",
    "source-serif-4-italic": "MB Serif",
}


def characters() -> set[int]:
    used = set(range(0x20, 0x7F)) | {ord(letter) for letter in SPARE} | {0xA0, 0x2009, 0x202F}
    for folder in SOURCES:
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in SUFFIXES:
                used |= {ord(letter) for letter in path.read_text(encoding="utf-8")}
    return used


def rename(font: TTFont, family: str) -> None:
    for record in font["name"].names:
        if record.nameID in (1, 4):
            record.string = family
        elif record.nameID in (3, 6):
            record.string = family.replace(" ", "")


def shrink(source: pathlib.Path, target: pathlib.Path, used: set[int]) -> None:
    font = TTFont(source)
    options = subset.Options()
    options.hinting = False
    options.layout_features = ["ccmp", "kern", "liga", "locl", "mark", "tnum"]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.notdef_outline = True
    worker = subset.Subsetter(options)
    worker.populate(unicodes=used)
    worker.subset(font)
    if "fvar" in font:
        font = instancer.instantiateVariableFont(font, {"wght": WEIGHTS})
    rename(font, NAMES[source.stem])
    font.flavor = "woff2"
    font.save(target)
    print(f"{source.name}: {source.stat().st_size} B, now {target.stat().st_size} B")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("Usage: python3 tools/fonts/subset.py FOLDER-OF-WHOLE-FONTS TARGET-FOLDER")
    wanted = characters()
    for whole in sorted(pathlib.Path(sys.argv[1]).glob("*.woff2")):
        shrink(whole, pathlib.Path(sys.argv[2]) / whole.name, wanted)
