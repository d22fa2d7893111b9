"""Cuts the book's fonts to the characters in characters.txt and writes fonts.css beside them.

Usage: subset.py PACKAGES CHARACTERS OUT, as subset.sh calls it.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

# family, package, font file, weight, style, OpenType features that are kept
FACES = [
    ("Literata", "literata", "400Regular/Literata_400Regular.ttf", 400, "normal", "kern liga onum lnum tnum"),
    ("Literata", "literata", "400Regular_Italic/Literata_400Regular_Italic.ttf", 400, "italic", "kern liga onum lnum tnum"),
    ("Literata", "literata", "600SemiBold/Literata_600SemiBold.ttf", 600, "normal", "kern liga onum lnum tnum"),
    # Without `calt`: in a book about code `!=` stays two characters.
    ("JetBrains Mono", "jetbrains-mono", "400Regular/JetBrainsMono_400Regular.ttf", 400, "normal", "kern"),
    ("JetBrains Mono", "jetbrains-mono", "700Bold/JetBrainsMono_700Bold.ttf", 700, "normal", "kern"),
    # The signs that neither face has: stars, ticks, the arrow back from a note.
    ("Signs", "noto-sans-math", "400Regular/NotoSansMath_400Regular.ttf", 400, "normal", ""),
]
# Only code draws boxes: these blocks are left out of the prose's faces.
BOXES = set(range(0x2500, 0x25A0))
SIGNS = {0x21A9, 0x25A1, 0x25B8, 0x25BE, 0x25CB, 0x25CF, 0x2605, 0x2606, 0x2713}
# Fonts that most systems have, with the mean width of SAMPLE in em for upright, italic and bold. While a face of ours
# is under way one of them stands in, set to its width and height, so that hardly a line moves when it arrives.
STAND_INS = {
    "Literata": [
        ("Georgia", 0.428, 0.426, 0.482),
        ("Times New Roman", 0.388, 0.390, 0.413),
        ("Liberation Serif", 0.388, 0.390, 0.413),
        ("DejaVu Serif", 0.497, 0.497, 0.550),
    ],
    "JetBrains Mono": [
        ("Menlo", 0.602, 0.602),
        ("Consolas", 0.550, 0.550),
        ("Liberation Mono", 0.600, 0.600),
        ("DejaVu Sans Mono", 0.602, 0.602),
    ],
}
SAMPLE = (
    "The pet is looked up and found to be available; then it is marked as adopted. Each line is right. Between them "
    "another thread runs the first line as well, and finds the same pet still available."
)


def main(packages: Path, characters: Path, out: Path) -> None:
    wanted = read_characters(characters)
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("*.woff2"):
        old.unlink()
    css = ["/* Written by tools/fonts/subset.sh; edit the script. */\n"]
    faces: dict[str, list] = {}
    for family, package, file, weight, style, features in FACES:
        source = packages / package / file
        chosen = wanted & SIGNS if family == "Signs" else wanted - BOXES if family == "Literata" else wanted
        name = f"{family.lower().replace(' ', '-')}-{weight}{'i' if style == 'italic' else ''}.woff2"
        kept = cut(source, chosen, features.split(), out / name)
        print(f"{name}: {(out / name).stat().st_size} bytes, {len(kept)} characters")
        faces.setdefault(family, []).append((source, style, weight, ranges(kept)))
        css.append(
            f'@font-face {{\n  font-family: "{family}";\n  font-style: {style};\n  font-weight: {weight};\n'
            f"  font-display: swap;\n"
            f'  src: url("{{{{ resource "fonts/{name}" }}}}") format("woff2");\n'
            f"  unicode-range: {ranges(kept)};\n}}\n"
        )
        licence = (packages / package / "LICENSE_FONT").read_text()
        (out / f"OFL-{package}.txt").write_text(licence)
    for family, others in STAND_INS.items():
        for name, *widths in others:
            css.extend(stand_in(name, face, width) for face, width in zip(faces[family], widths))
    (out / "fonts.css").write_text("".join(css))


def read_characters(path: Path) -> set[int]:
    """Reads lines of hexadecimal code points and ranges."""
    points: set[int] = set()
    for word in path.read_text().split():
        first, _, last = word.partition("-")
        points.update(range(int(first, 16), int(last or first, 16) + 1))
    return points


def cut(source: Path, points: set[int], features: list[str], target: Path) -> set[int]:
    """Writes the subset and returns the characters that are in it."""
    options = subset.Options()
    options.flavor = "woff2"
    options.layout_features = features
    options.hinting = False
    options.desubroutinize = True
    options.name_IDs = [0, 1, 2, 13, 14]
    font = subset.load_font(str(source), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=points)
    cutter.subset(font)
    subset.save_font(font, str(target), options)
    return set(TTFont(target).getBestCmap())


def ranges(points: set[int]) -> str:
    """`U+20-7E, U+A0` for the points."""
    runs: list[list[int]] = []
    for point in sorted(points):
        if runs and point == runs[-1][1] + 1:
            runs[-1][1] = point
        else:
            runs.append([point, point])
    return ", ".join(f"U+{a:X}" if a == b else f"U+{a:X}-{b:X}" for a, b in runs)


def stand_in(name: str, face: tuple, width: float) -> str:
    """The rule for the system's font `name`, drawn as wide and as high as our face."""
    source, style, weight, characters = face
    scale = mean_width(source) / width
    metrics = TTFont(source)
    up, down = (abs(x) / metrics["head"].unitsPerEm for x in (metrics["hhea"].ascent, metrics["hhea"].descent))
    suffix = " Italic" if style == "italic" else " Bold" if weight > 400 else ""
    return (
        f'@font-face {{\n  font-family: "Like {name}";\n  font-style: {style};\n  font-weight: {weight};\n'
        f'  src: local("{name}{suffix}");\n  size-adjust: {100 * scale:.1f}%;\n'
        f"  ascent-override: {100 * up / scale:.1f}%;\n  descent-override: {100 * down / scale:.1f}%;\n"
        f"  line-gap-override: 0%;\n  unicode-range: {characters};\n}}\n"
    )


def mean_width(source: Path) -> float:
    """The mean advance of SAMPLE's letters, in em."""
    font = TTFont(source)
    cmap, widths = font.getBestCmap(), font["hmtx"]
    total = sum(widths[cmap[ord(letter)]][0] for letter in SAMPLE)
    return total / len(SAMPLE) / font["head"].unitsPerEm


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:]))
