// What is asked of every page at every width, in light and in dark. Each check returns its findings as
// `{ check, says }`; broken.mjs shows for each of them a page on which it speaks up.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const MOST_BYTES = 200_000;
const MOST_SHIFT = 0.1; // what the Core Web Vitals call good, here with fonts that always come late
/** Parts that have a name and look like what is around them. */
const PLAIN = ['diagram', 'elided', 'ladder', 'typed'];
const LEAST_LETTER = 9;
export const WIDTHS = [360, 768, 1440];
export const SCHEMES = ['light', 'dark'];

/** Loads `origin/name` in a new tab and returns all findings, with the bytes that were loaded as `bytes`. */
export async function checkPage(context, origin, name, width, scheme) {
  const page = await context.newPage();
  const found = [];
  const report = (check, says) => found.push({ check, says });
  try {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: scheme });
    const weights = watch(page, origin, report);
    await page.addInitScript(() => {
      window.shift = 0;
      new PerformanceObserver(list => {
        for (const entry of list.getEntries()) {
          window.shift += entry.value;
          window.moved = [...window.moved ?? [], ...entry.sources.map(source => `${source.node?.textContent.trim().slice(0, 30) ?? 'something'} from ${source.previousRect.y} to ${source.currentRect.y}`)];
        }
      }).observe({ type: 'layout-shift', buffered: true });
    });
    const once = width === WIDTHS.at(-1) && scheme === SCHEMES[0];
    // Contrast depends on the scheme, and what has to be scrolled on the width: two of the six see each of them. It takes longest.
    const narrow = width === WIDTHS[0] && scheme === SCHEMES.at(-1);
    await page.goto(`${origin}/${name}`, { waitUntil: once ? 'networkidle' : 'load' });
    await page.evaluate(() => document.fonts.ready);
    await scrolling(page, report);
    await shifting(page, report);
    await fonts(page, report);
    await pictures(page, report);
    if (once) await classes(page, report);
    if (once || narrow) await accessible(page, report);
    if (once) await characters(context, page, report);
    found.bytes = weight(await Promise.all(weights), report);
  } finally {
    await page.close();
  }
  return found;
}

/** Loads the page that holds the whole book, which is for printing: it has no weight to keep to. */
export async function checkWhole(context, origin) {
  const page = await context.newPage();
  const found = [];
  const report = (check, says) => found.push({ check, says });
  await page.setViewportSize({ width: WIDTHS[0], height: 900 });
  watch(page, origin, report);
  await page.goto(`${origin}/print.html`, { waitUntil: 'networkidle' });
  await scrolling(page, report);
  await page.close();
  return found;
}

/** Notes messages, missing files, requests to others, and the weight of what is loaded. */
function watch(page, origin, report) {
  const weights = [];
  page.on('console', message => report('console', `${message.type()}: ${message.text()}`));
  page.on('pageerror', error => report('console', `uncaught: ${error.message}`));
  page.on('request', request => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith('data:')) report('elsewhere', url);
  });
  page.on('response', response => {
    if (response.status() >= 400) report('missing', `${response.status()} ${response.url()}`);
    else weights.push(weigh(response));
  });
  return weights;
}

async function weigh(response) {
  const body = await response.body().catch(() => Buffer.alloc(0));
  const packed = /font|png/.test(response.headers()['content-type'] ?? '');
  return { url: new URL(response.url()).pathname, bytes: packed ? body.length : gzipSync(body, { level: 9 }).length };
}

function weight(loaded, report) {
  const sum = loaded.reduce((total, file) => total + file.bytes, 0);
  if (sum <= MOST_BYTES) return sum;
  const heaviest = loaded.sort((a, b) => b.bytes - a.bytes).slice(0, 4).map(file => `${file.url} ${file.bytes}`);
  report('weight', `${sum} bytes compressed, at most ${MOST_BYTES} are allowed; the heaviest: ${heaviest.join(', ')}`);
  return sum;
}

/** The page as a whole never scrolls sideways. */
async function scrolling(page, report) {
  const wide = await page.evaluate(() => {
    const room = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= room) return null;
    const widest = [...document.body.querySelectorAll('*')].filter(element => element.getBoundingClientRect().right > room + 1);
    return widest.slice(0, 3).map(element => element.outerHTML.slice(0, 90));
  });
  if (wide) report('scrolling', `wider than the window: ${wide.join(' ; ')}`);
}

async function shifting(page, report) {
  // What moves moves after the first paint, and is told of some frames later; on a busy machine neither has to be soon.
  await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length);
  await page.evaluate(async () => {
    for (let frame = 0; frame < 10; frame += 1) await new Promise(requestAnimationFrame);
  });
  const { shift, moved } = await page.evaluate(() => ({ shift: window.shift, moved: window.moved }));
  if (shift > MOST_SHIFT) report('shift', `the layout moved by ${shift.toFixed(3)} while it loaded, at most ${MOST_SHIFT} is allowed: ${moved.slice(0, 4).join(' ; ')}`);
}

/** What the pages call their parts, the style sheets know: a name that one side has changed would go unseen. */
async function classes(page, report) {
  const unknown = await page.evaluate(plain => {
    const rules = [...document.styleSheets].flatMap(sheet => [...sheet.cssRules]).map(rule => rule.cssText).join(' ');
    const names = new Set([...document.querySelectorAll('main [class]')].flatMap(element => [...element.classList]));
    const beginnings = [...rules.matchAll(/\[class\*="([\w-]+)"\]/g)].map(found => found[1]);
    return [...names].filter(name => !plain.includes(name) && !beginnings.some(beginning => name.startsWith(beginning)) && !new RegExp(`\\.${name}(?![\\w-])`).test(rules));
  }, PLAIN);
  for (const name of unknown) report('classes', `no rule of the style sheets names .${name}`);
}

/** Pictures shrink with the screen; their letters must not become too small to read. */
async function pictures(page, report) {
  const small = await page.evaluate(least => [...document.querySelectorAll('main svg text')].flatMap(text => {
    const size = parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a;
    return size < least ? [`“${text.textContent}” of ${size.toFixed(1)} px`] : [];
  }), LEAST_LETTER);
  if (small.length > 0) report('pictures', `letters below ${LEAST_LETTER} px (draw about 340 units wide, with letters of 12): ${small.slice(0, 3).join(', ')}`);
}

/** The faces of prose and of code are there. */
async function fonts(page, report) {
  const loaded = await page.evaluate(() => [...document.fonts].filter(face => face.status === 'loaded').map(face => face.family.replaceAll('"', '')));
  const wanted = await page.locator('main code').count() > 0 ? ['Literata', 'JetBrains Mono'] : ['Literata'];
  for (const family of wanted) if (!loaded.includes(family)) report('fonts', `${family} was not loaded`);
}

/** axe-core finds nothing, best practices included. */
async function accessible(page, report) {
  await page.evaluate(AXE);
  const violations = await page.evaluate(() => window.axe.run(document, {
    resultTypes: ['violations'],
    rules: { 'color-contrast-enhanced': { enabled: true } },
  }).then(result => result.violations));
  for (const violation of violations) {
    if (violation.id === 'color-contrast-enhanced') {
      for (const says of await page.evaluate(faintProse, violation)) report('prose', says);
      continue;
    }
    const where = violation.nodes.slice(0, 3).map(node => `${node.target.join(' ')} (${node.any.concat(node.all, node.none).map(check => check.message).join('; ')})`);
    report('axe', `${violation.id}: ${violation.help}: ${where.join(' | ')}`);
  }
}

/** Of what does not reach 7:1, the text of paragraphs; the rest is held to 4.5:1 by axe's other rule. */
function faintProse(violation) {
  const prose = violation.nodes.filter(node => document.querySelector(node.target[0])?.matches('main > p:not(.small-print), main > ul li, main > ol li, main > p *, .boxed > p:not(.aside-title), .sidenote'));
  return prose.map(node => `${node.target[0]}: ${node.any[0].message}`);
}

/** Every character is drawn with a font of ours; the rendering engine says which it took. */
async function characters(context, page, report) {
  const client = await context.newCDPSession(page);
  await client.send('DOM.enable');
  await client.send('CSS.enable');
  const { root } = await client.send('DOM.getDocument', { depth: -1 });
  for (const node of elements(root)) {
    const text = node.children.filter(child => child.nodeType === 3).map(child => child.nodeValue).join('');
    if (text.trim() === '') continue;
    const { fonts } = await client.send('CSS.getPlatformFontsForNode', { nodeId: node.nodeId });
    const foreign = fonts.filter(font => !font.isCustomFont);
    if (foreign.length === 0) continue;
    const rare = [...new Set(text)].filter(sign => sign > '~').join(' ');
    report('characters', `${foreign.map(font => font.familyName).join(', ')} had to help out in “${text.trim().slice(0, 60)}”${rare && `, perhaps for ${rare}`}: add it to tools/fonts/characters.txt and run tools/fonts/subset.sh`);
  }
  await client.detach();
}

const NOT_TEXT = new Set(['SCRIPT', 'STYLE', 'TITLE', 'HEAD', 'NOSCRIPT', 'TEMPLATE', 'OPTION', 'desc', 'title']);

function* elements(node) {
  if (NOT_TEXT.has(node.nodeName)) return;
  if (node.nodeType === 1) yield node;
  for (const child of node.children ?? []) yield* elements(child);
}
