// Chromium, started the same way for every check, and the pages of a built book.
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

/** The browser that the machine has: `CHROMIUM`, or the first of NAMES on the path. */
export function find() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const name of NAMES) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      if (existsSync(join(folder, name))) return join(folder, name);
    }
  }
  throw new Error(`none of ${NAMES.join(', ')} is on the path: install chromium, or set CHROMIUM to its program`);
}

/** Starts it, headless, with a profile of its own that is deleted at the end. */
export function start() {
  return chromium.launch({ executablePath: find(), headless: true, args: FLAGS });
}

/** The pages that a reader sees; index.html is the first of them again, print.html all of them. */
export function pagesOf(book) {
  const pages = readdirSync(book).filter(name => name.endsWith('.html'));
  return pages.filter(name => !['index.html', 'print.html', 'toc.html'].includes(name)).sort();
}
