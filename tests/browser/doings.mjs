// What a page does when somebody uses it: asked once, of the sample book, whose pages and texts are known.
import { readFileSync } from 'node:fs';

/** The clipboard gets what one would run or paste. */
async function copying(context, origin, report) {
  const page = await context.newPage();
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin });
  await page.goto(`${origin}/code.html`);
  const copied = async (figure, button = 'Copy what is typed') => {
    await figure.hover();
    await figure.getByRole('button', { name: button }).click();
    return page.evaluate(() => navigator.clipboard.readText());
  };
  const expect = (what, is, should) => {
    if (is !== should) report('copying', `${what}: expected ${JSON.stringify(should)}, got ${JSON.stringify(is)}`);
  };
  const sessions = page.locator('figure.session');
  expect('a command', await copied(sessions.nth(0)), 'cargo run -q -p ch01-bare-server');
  expect('several, over several lines', await copied(sessions.nth(1)), [
    'curl -s http://127.0.0.1:8080/pets \\',
    `-H 'Content-Type: application/json' \\`,
    `-d '{"name": "Gustav", "species": "tortoise", "born": 1923, "price": {"amount": 12000, "currency": "EUR"}}'`,
    `curl -s http://127.0.0.1:8080/pets/1/adoption -d '{`,
    '"customer": "Ada"',
    `}' | jq .status`,
    'cat shop/journal.jsonl |',
    'wc -l'].join('\n'));
  if (await sessions.nth(2).getByRole('button').count() > 0) report('copying', 'there is a button where only ^C is typed');
  expect('what was not run', await copied(page.locator('figure.not-run')), 'sam deploy --guided');
  await page.goto(`${origin}/head.html`);
  expect('a listing', await copied(page.locator('#listing-adopt-one'), 'Copy the code'), [
    'pub fn adopt(&self, id: &PetId, customer: &str) -> Result<Pet, Refusal> {',
    '    let mut pets = self.pets.lock();',
    '    let pet = pets.get(id).cloned().ok_or(Refusal::PetNotFound)?;',
    '// … 4 lines as before',
    '    pets.insert(id.clone(), pet.adopted_by(customer));',
    '    drop(pets);',
    '    Ok(pet)',
    '}'].join('\n'));
  const selected = await page.evaluate(() => {
    getSelection().selectAllChildren(document.querySelector('#listing-adopt-two pre'));
    return getSelection().toString();
  });
  expect('a selection of three lines', selected.split('\n').slice(0, 3).join('\n'), [
    '/// Gives the pet to the customer, or says why not.',
    'pub fn adopt(&self, id: &PetId, customer: &str) -> Result<Pet, Refusal> {',
    '    let pet = self.pets.lock().get(id).cloned().ok_or(Refusal::PetNotFound)?;'].join('\n'));
  await page.close();
}

/** Keys: search opens and finds, arrows turn pages, the first stop of Tab skips to the text. */
async function keys(context, origin, report) {
  const page = await context.newPage();
  const asked = [];
  page.on('request', request => asked.push(request.url()));
  await page.goto(`${origin}/preface.html`, { waitUntil: 'networkidle' });
  if (asked.some(url => /search|elasticlunr/.test(url))) report('keys', 'the search data is loaded before anybody searches');
  await page.keyboard.press('s');
  const field = page.locator('#mdbook-searchbar');
  const open = await field.waitFor({ timeout: 10_000 }).then(() => true, () => false);
  if (open) {
    await field.pressSequentially('compare-and-swap');
    const hit = page.locator('#mdbook-searchresults li').first();
    if (!await hit.waitFor({ timeout: 10_000 }).then(() => true, () => false)) report('keys', 'the search finds nothing');
    await page.keyboard.press('Escape');
  } else {
    report('keys', 's does not open the search');
  }
  const turn = async (key, to) => {
    await page.keyboard.press(key);
    const there = await page.waitForURL(`${origin}/${to}`, { timeout: 10_000 }).then(() => true, () => false);
    if (!there) report('keys', `${key} does not lead to ${to}, but to ${page.url()}`);
  };
  await page.goto(`${origin}/preface.html`);
  await turn('ArrowRight', 'head.html');
  await turn('ArrowLeft', 'preface.html');
  await page.keyboard.press('Tab');
  const first = await page.evaluate(() => document.activeElement.className);
  if (first !== 'skip') report('keys', `Tab stops first at ${first}, not at the link that skips to the text`);
  await page.keyboard.press('?');
  if (!await page.locator('#help').isVisible()) report('keys', '? does not show the list of keys');
  await page.close();
}

/** A chosen theme stays chosen; a note opens beside its number on a narrow screen. */
async function choices(context, origin, report) {
  const page = await context.newPage();
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto(`${origin}/preface.html`);
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await ground();
  await page.getByLabel('Theme').selectOption('dark');
  await page.reload();
  if (await ground() === light) report('choices', 'the dark theme was chosen and is gone after a reload');
  await page.getByLabel('Theme').selectOption('auto');
  await page.setViewportSize({ width: 360, height: 800 });
  const note = page.getByRole('note').filter({ hasText: 'the subject of chapter 5' });
  if (await note.isVisible()) report('choices', 'on a narrow screen the notes are open before they are asked for');
  await page.locator('#fr-minimum-1 a').click();
  if (!await note.isVisible()) report('choices', 'the number of a note does not open it');
  await page.close();
}

/** For a projector: larger, nothing beside the text, by whole blocks; it stays so until it is ended. */
async function projecting(context, origin, report) {
  const page = await context.newPage();
  await page.goto(`${origin}/head.html`);
  const letters = () => page.evaluate(() => parseFloat(getComputedStyle(document.querySelector('main > p')).fontSize));
  const before = await letters();
  await page.keyboard.press('p');
  if (await letters() < 1.2 * before) report('projecting', `p makes letters of ${before} px to ${await letters()} px`);
  await page.reload();
  if (await letters() < 1.2 * before) report('projecting', 'it is over after a reload');
  for (const beside of ['.bar', '.boxed', '.sidenote', '.copy']) {
    const there = page.locator(beside);
    if (await there.count() === 0) report('projecting', `the sample page has no ${beside}`);
    else if (await there.first().isVisible()) report('projecting', `${beside} is there`);
  }
  // What is cut at the foot stands at the head next.
  const cut = await page.evaluate(() => {
    const blocks = [...document.querySelectorAll('main > *')].filter(block => block.getBoundingClientRect().height > 0);
    window.cut = blocks.find(block => block.getBoundingClientRect().bottom > innerHeight);
    return Boolean(window.cut);
  });
  if (!cut) report('projecting', 'the sample page is too short');
  await page.keyboard.press('PageDown');
  const top = await page.evaluate(() => window.cut.getBoundingClientRect().top);
  if (top < 0 || top > 40) report('projecting', `Page Down puts the block that was cut at ${top} px`);
  await page.keyboard.press('PageUp');
  const back = await page.evaluate(() => scrollY);
  if (back !== 0) report('projecting', `Page Up leads back to ${back} px`);
  await page.keyboard.press('p');
  if (await letters() !== before) report('projecting', 'p does not end it');
  await page.close();
}

/** Without scripts: text, contents, answers and notes can all be read. */
async function withoutScripts(browser, origin, report) {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${origin}/head.html`);
  const seen = async (what, locator) => {
    if (!await locator.first().isVisible()) report('without scripts', `${what} cannot be seen`);
  };
  await seen('the text', page.getByText('Gustav is a tortoise.'));
  await seen('a listing', page.locator('#listing-adopt-one pre'));
  await seen('the notes', page.locator('ol.footnote-definition li'));
  await page.locator('.contents summary').click();
  await seen('the contents', page.getByRole('link', { name: 'Code and terminals' }));
  await page.locator('.contents summary').click();
  await page.locator('.exercise summary').first().click();
  await seen('an answer', page.getByText('A compare-and-swap picks one winner'));
  await context.close();
}

/** On paper: pages come out, answers are unfolded, notes stand at the end, navigation is gone. */
async function printing(context, origin, report) {
  const page = await context.newPage();
  await page.goto(`${origin}/head.html`, { waitUntil: 'networkidle' });
  const pdf = await page.pdf({ preferCSSPageSize: true, format: 'A4' });
  const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0;
  if (pages < 2) report('printing', `the PDF has ${pages} page(s)`);
  await page.emulateMedia({ media: 'print' });
  const seen = async (what, locator, should) => {
    if (await locator.first().isVisible() !== should) report('printing', `${what} ${should ? 'is missing' : 'is there'}`);
  };
  await seen('the text', page.getByText('Gustav is a tortoise.'), true);
  await seen('the answer of an exercise', page.getByText('A compare-and-swap picks one winner'), true);
  await seen('a note at the end', page.locator('ol.footnote-definition li'), true);
  await seen('the bar', page.locator('.bar'), false);
  await page.close();
}

/** Every doing, asked of the sample book; returns the findings. */
export async function checkDoings(browser, origin, only) {
  const found = [];
  const report = (check, says) => found.push({ check, says });
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const all = { copying, keys, choices, projecting, 'without scripts': (_, at, tell) => withoutScripts(browser, at, tell), printing };
  for (const [name, doing] of Object.entries(all)) {
    if (only && only !== name) continue;
    await doing(context, origin, report).catch(error => report(name, error.message.split('\n').slice(0, 3).join(' ')));
  }
  await context.close();
  return found;
}
