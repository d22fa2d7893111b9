// node shots.mjs [BOOK OUT]: pictures of every page at 360 and 1440 px, in light and dark, and its PDF; of the sample
// book, which is taken when none is named, also of what shows when somebody does something.
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pagesOf, start } from './browser.mjs';
import { serve } from './server.mjs';

const target = join(dirname(fileURLToPath(import.meta.url)), '../../target');
const [book = join(target, 'sample-book'), out = join(target, 'shots')] = process.argv.slice(2);
mkdirSync(out, { recursive: true });
const server = await serve(book);
const browser = await start();
for (const width of [360, 1440]) {
  for (const scheme of ['light', 'dark']) {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme, deviceScaleFactor: width < 500 ? 2 : 1 });
    for (const name of pagesOf(book)) {
      const page = await context.newPage();
      await page.goto(`${server.origin}/${name}`, { waitUntil: 'networkidle' });
      await page.evaluate(() => document.fonts.ready);
      await page.screenshot({ path: join(out, `${name.replace('.html', '')}-${width}-${scheme}.png`), fullPage: true });
      if (width === 1440 && scheme === 'light') await page.pdf({ path: join(out, `${name.replace('.html', '')}.pdf`), preferCSSPageSize: true, format: 'A4' });
      await page.close();
    }
    await context.close();
  }
}
if (process.argv[2]) process.exit();

// What only shows when somebody does something.
const context = await browser.newContext({ deviceScaleFactor: 2 });
const page = await context.newPage();
for (const [width, scheme] of [[360, 'light'], [360, 'dark'], [1440, 'light'], [1440, 'dark']]) {
  await page.setViewportSize({ width, height: 760 });
  await page.emulateMedia({ colorScheme: scheme });
  const shoot = name => page.screenshot({ path: join(out, `doing-${name}-${width}-${scheme}.png`) });
  await page.goto(`${server.origin}/preface.html`, { waitUntil: 'networkidle' });
  if (width < 500) await page.locator('#fr-minimum-1 a').click();
  if (width < 500) await page.locator('.contents summary').click();
  await shoot('contents');
  if (width < 500) await page.locator('.contents summary').click();
  await shoot('note');
  await page.keyboard.press('s');
  await page.locator('#mdbook-searchbar').pressSequentially('lock');
  await page.locator('#mdbook-searchresults li').first().waitFor();
  await page.keyboard.press('ArrowDown');
  await shoot('search');
  await page.goto(`${server.origin}/head.html`, { waitUntil: 'networkidle' });
  await page.locator('.exercise summary').first().click();
  await page.locator('#listing-adopt-one').hover();
  await page.locator('.exercise').first().scrollIntoViewIfNeeded();
  await page.keyboard.press('Tab');
  await shoot('answer');
  await page.locator('figure.session').nth(1).hover();
  await shoot('copy');
  await page.keyboard.press('?');
  await shoot('help');
}
await context.close();
await browser.close();
await server.stop();
console.log(out);
