// node check.mjs pages BOOK | doings BOOK | broken BOOK
// Exit status 0: all is well; 1: findings, one a line; 2: wrong use.
import { availableParallelism } from 'node:os';
import { DOINGS, PAGES } from './broken.mjs';
import { pagesOf, start } from './browser.mjs';
import { checkDoings } from './doings.mjs';
import { checkPage, checkWhole, SCHEMES, WIDTHS } from './page-checks.mjs';
import { serve } from './server.mjs';

/** How many pages are open at a time: one that loads mostly waits. */
const AT_ONCE = 2 * availableParallelism();

const [what, book] = process.argv.slice(2);
const jobs = { pages, doings, broken };
if (!jobs[what] || !book) {
  console.error('usage: node check.mjs pages|doings|broken BOOK, where BOOK is the folder of a built book');
  process.exit(2);
}

const server = await serve(book);
const browser = await start();
let findings;
try {
  findings = await jobs[what]();
} finally {
  await browser.close();
  await server.stop();
}
for (const finding of findings) console.log(finding);
if (findings.length > 0) process.exitCode = 1;

/** Every page, at every width, in both schemes. */
async function pages() {
  const context = await browser.newContext();
  const findings = [];
  let heaviest = 0;
  const names = pagesOf(book);
  if (names.length === 0) findings.push(`${book} has no pages`);
  const views = names.flatMap(name => WIDTHS.flatMap(width => SCHEMES.map(scheme => ({ name, width, scheme }))));
  const next = views.values();
  // Each worker takes the next view; what they find is told in the order of the views.
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (const view of next) {
      const { name, width, scheme } = view;
      view.found = await checkPage(context, server.origin, name, width, scheme);
    }
  }));
  for (const { name, width, scheme, found } of views) {
    heaviest = Math.max(heaviest, found.bytes);
    for (const { check, says } of found) findings.push(`${name} at ${width} px, ${scheme}: ${check}: ${says}`);
  }
  for (const { check, says } of await checkWhole(context, server.origin)) findings.push(`print.html: ${check}: ${says}`);
  if (findings.length === 0) console.log(`${names.length} pages, ${WIDTHS.join(', ')} px wide, ${SCHEMES.join(' and ')}: all well, the heaviest ${Math.ceil(heaviest / 1000)} KB`);
  return findings;
}

/** What the sample's pages do. */
async function doings() {
  return (await checkDoings(browser, server.origin)).map(({ check, says }) => `${check}: ${says}`);
}

/** Each broken sample must be found by the check that is there for it; a whole one must not. */
async function broken() {
  const context = await browser.newContext();
  const findings = [];
  for (const { check, what, change } of PAGES) {
    server.change = change;
    const found = await checkPage(context, server.origin, 'preface.html', 1440, 'light');
    if (!found.some(finding => finding.check === check)) findings.push(`“${check}” lets pass: ${what}`);
  }
  server.change = (path, text) => path === '/print.html' ? text.replace('</main>', '<div style="width: 2000px">wide</div></main>') : text;
  if ((await checkWhole(context, server.origin)).length === 0) findings.push('“print.html” lets pass: a box of 2000 px');
  for (const { check, what, change } of DOINGS) {
    server.change = change;
    const found = await checkDoings(browser, server.origin, check);
    if (!found.some(finding => finding.check === check)) findings.push(`“${check}” lets pass: ${what}`);
  }
  if (findings.length === 0) console.log(`${PAGES.length + DOINGS.length + 1} broken samples: each was found`);
  return findings;
}
