#!/bin/sh
# Makes the book's fonts again: book/theme/fonts/*.woff2, their licences and fonts.css.
# Needs npm and python3 (with venv). The full fonts come from npm, because the packages of @fontsource hold
# them cut into scripts, without the arrows and box drawings that transcripts use.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=$here/../../book/theme/fonts
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet fonttools==4.68.0 brotli==1.2.1
cd "$work"
npm install --silent --no-save --ignore-scripts --prefix "$work" \
    @expo-google-fonts/literata@0.4.3 \
    @expo-google-fonts/jetbrains-mono@0.4.1 \
    @expo-google-fonts/noto-sans-math@0.4.2
"$work/venv/bin/python" "$here/subset.py" "$work/node_modules/@expo-google-fonts" "$here/characters.txt" "$out"
