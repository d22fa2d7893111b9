// node shots.mjs [BOOK [OUT]]: pictures of every page at 360 and 1440 px, in light and dark, whole and by element.
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
await browser.close();
await server.stop();
console.log(out);
