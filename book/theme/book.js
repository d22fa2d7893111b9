'use strict';
// What moves on a page: theme, contents, notes, copying, search, keys. A page reads without any of it.

/** Whether keys belong to the element that has the focus. The search script asks as well. */
function mdbook_something_else_has_focus(event) {
  const target = event.composedPath()[0] ?? event.target;
  return target instanceof Element && target.closest('input, select, textarea, dialog') !== null;
}

function keep(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch { /* storage may be forbidden */ }
}

(function theme() {
  const choice = document.getElementById('theme');
  const root = document.documentElement.classList;
  choice.value = root.contains('light') ? 'light' : root.contains('dark') ? 'dark' : 'auto';
  choice.addEventListener('change', () => {
    root.remove('light', 'dark');
    if (choice.value !== 'auto') root.add(choice.value);
    keep('mdbook-theme', choice.value === 'auto' ? null : choice.value);
  });
})();

(function contents() {
  const contents = document.getElementById('contents');
  const wide = matchMedia('(min-width: 70rem)');
  const here = contents.querySelector('[aria-current="page"]');
  const headings = document.querySelectorAll('main h2[id]');
  if (here && headings.length > 0) {
    const list = document.createElement('ol');
    list.className = 'on-this-page';
    for (const heading of headings) {
      const link = document.createElement('a');
      link.href = '#' + heading.id;
      link.textContent = heading.textContent;
      list.appendChild(document.createElement('li')).append(link);
    }
    here.closest('li').append(list);
  }
  contents.querySelector('summary').addEventListener('click', () => {
    if (wide.matches) keep('mdbook-sidebar', contents.open ? 'hidden' : 'visible');
  });
  contents.addEventListener('click', event => {
    if (event.target.closest('a') && !wide.matches) contents.open = false;
  });
  document.addEventListener('click', event => {
    if (!wide.matches && !contents.contains(event.target)) contents.open = false;
  });
  wide.addEventListener('change', () => {
    if (!wide.matches) contents.open = false;
  });
})();

(function projector() {
  const root = document.documentElement.classList;
  const button = document.getElementById('projector-toggle');
  const told = () => button.setAttribute('aria-pressed', root.contains('projector'));
  function toggle() {
    const is = root.toggle('projector');
    keep('projector', is ? 'on' : null);
    told();
  }
  told();
  button.addEventListener('click', toggle);
  document.addEventListener('keydown', event => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || mdbook_something_else_has_focus(event)) return;
    if (event.key === 'p') {
      event.preventDefault();
      toggle();
    } else if (root.contains('projector') && (event.key === 'PageDown' || event.key === 'PageUp')) {
      event.preventDefault();
      turn(event.key === 'PageDown');
    }
  });

  /** To the next blocks or back to those before, so that none is cut where it need not be. A presenter's remote sends these keys. */
  function turn(isNext) {
    const spare = 12;
    const blocks = [...document.querySelectorAll('main > *')].map(block => block.getBoundingClientRect()).filter(block => block.height > 0);
    const by = isNext ? down(blocks) : up(blocks);
    scrollBy({ top: by, behavior: 'instant' });

    function down(blocks) {
      const cut = blocks.find(block => block.bottom > innerHeight);
      return cut && cut.top > 2 * spare ? cut.top - spare : 0.8 * innerHeight;
    }
    function up(blocks) {
      const first = blocks.find(block => block.top < -spare && block.top + innerHeight > 2 * spare);
      if (first === blocks[0]) return -scrollY;
      return first ? first.top - spare : -0.8 * innerHeight;
    }
  }
})();

(function bar() {
  const bar = document.getElementById('mdbook-menu-bar');
  let last = scrollY;
  addEventListener('scroll', () => {
    if (Math.abs(scrollY - last) < 8) return;
    bar.classList.toggle('away', scrollY > last && scrollY > 100);
    last = scrollY;
  }, { passive: true });
})();

(function notes() {
  const placed = new Set();
  for (const reference of document.querySelectorAll('.footnote-reference')) {
    const link = reference.querySelector('a');
    const note = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!note) continue;
    if (!placed.has(note)) place(note, reference, link);
    placed.add(note);
    const beside = document.getElementById(note.id + '-beside');
    link.addEventListener('click', event => {
      event.preventDefault();
      const open = beside.classList.toggle('open');
      link.setAttribute('aria-expanded', open);
      if (open) beside.focus({ preventScroll: true });
    });
    link.setAttribute('aria-expanded', 'false');
    link.setAttribute('aria-controls', beside.id);
  }
  for (const list of document.querySelectorAll('.footnote-definition')) {
    list.classList.add('notes-in-place');
    list.previousElementSibling?.matches('hr') && list.previousElementSibling.classList.add('notes-in-place');
  }

  function place(note, reference, link) {
    const beside = document.createElement('span');
    beside.className = 'sidenote';
    beside.id = note.id + '-beside';
    beside.setAttribute('role', 'note');
    beside.tabIndex = -1;
    const number = document.createElement('sup');
    number.textContent = link.textContent;
    beside.append(number);
    for (const block of note.children) {
      for (const part of block.cloneNode(true).childNodes) {
        if (!part.hash?.startsWith('#fr-')) beside.append(part.cloneNode(true), '');
      }
    }
    // Out of boxes that have a margin of their own: there the note stands before the box.
    const box = reference.closest('.table-scroll, table, figure, .boxed, .exercise, h1, h2, h3, h4');
    if (box) box.before(beside);
    else reference.after(beside);
  }
})();

(function lines() {
  for (const line of document.querySelectorAll('pre .line')) {
    const indent = line.textContent.match(/^ */)[0].length;
    if (indent > 0) line.style.setProperty('--i', indent);
    if (!line.closest('.listing')) continue;
    // Long code breaks before a dot and after a parenthesis, a brace or a path's colons.
    const texts = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    const long = [];
    while (texts.nextNode()) if (/[.({:]/.test(texts.currentNode.data)) long.push(texts.currentNode);
    for (const node of long) {
      const parts = node.data.split(/(?<=\S)(?=\.\w)|(?<=[({]|::)(?=\S)/).flatMap(part => [document.createElement('wbr'), part]);
      if (!/^\.\w/.test(node.data)) parts.shift();
      if (/([({]|::)$/.test(node.data)) parts.push(document.createElement('wbr'));
      node.replaceWith(...parts);
    }
  }
})();

// What scrolls can be reached by key in every browser.
for (const message of document.querySelectorAll('.compiler > pre')) message.tabIndex = 0;

(function copying() {
  for (const figure of document.querySelectorAll('.listing, .session, .not-run')) {
    const text = figure.matches('.listing') ? listing(figure) : commands(figure);
    if (text === '') continue;
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'copy';
    button.textContent = 'Copy';
    button.setAttribute('aria-label', figure.matches('.listing') ? 'Copy the code' : 'Copy what is typed');
    button.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = 'Copied';
      } catch {
        button.textContent = 'The browser forbids it';
      }
      button.classList.add('done');
      setTimeout(() => {
        button.textContent = 'Copy';
        button.classList.remove('done');
      }, 1600);
    });
    figure.append(button);
  }

  /** The code as it stands now, without what went away; where it is folded, a comment says so. */
  function listing(figure) {
    const lines = [...figure.querySelectorAll(':scope > pre .line:not(.gone)')];
    return lines.map(line => line.matches('.fold') ? `// ${text(line)}` : text(line)).join('\n');
  }

  /** What one would type, without prompts and answers. */
  function commands(figure) {
    let typed = [...figure.querySelectorAll('.line.cmd')].map(line => [line.querySelector('.prompt')?.textContent, text(line.querySelector('.typed'))]);
    if (figure.matches('.not-run')) {
      // What is only shown may be no session: then all of it is copied.
      const shown = figure.querySelector('pre').textContent.trimEnd();
      typed = shown.split('\n').filter(line => /^[$>] /.test(line)).map(line => [line.slice(0, 2), line.slice(2)]);
      if (typed.length === 0) return shown;
    }
    let script = '';
    for (const [prompt, words] of typed) {
      if (words === '^C') continue;
      const goesOn = prompt?.startsWith('>');
      if (script !== '') script += goesOn && !waits(script) ? ' \\\n' : '\n';
      script += words;
    }
    return script;
  }

  /** Whether a shell waits for more after this: a quote is open, or the line ends in `\`, `|` or `&&`. */
  function waits(script) {
    const last = script.slice(script.lastIndexOf('\n') + 1);
    const quotes = script.replace(/\\[\s\S]/g, '').replace(/'[^']*'|"[^"]*"/g, '');
    return /(\\|\||&&)$/.test(last) || /['"]/.test(quotes) || /<<-?\s*['"]?\w/.test(script);
  }

  function text(element) {
    return element.textContent.replace(/\n$/, '');
  }
})();

(function search() {
  const button = document.getElementById('mdbook-search-toggle');
  if (!button || !window.search_scripts) return;
  window.search = window.search || {};
  let loading = false;

  // The search, 56 KB of script and the words of the whole book, comes when it is asked for.
  async function load() {
    if (loading) return;
    loading = true;
    removeEventListener('keydown', onKey);
    button.removeEventListener('click', open);
    for (const source of window.search_scripts) {
      await new Promise((resolve, reject) => {
        const script = document.createElement('script');
        script.src = source;
        script.onload = resolve;
        script.onerror = reject;
        document.head.append(script);
      });
    }
  }
  // The field is there at once, and what is typed while the scripts load is not lost.
  async function open() {
    const field = document.getElementById('mdbook-searchbar');
    document.getElementById('mdbook-search-wrapper').classList.remove('hidden');
    scrollTo(0, 0);
    field.focus();
    await load();
    button.click();
    field.setSelectionRange(field.value.length, field.value.length);
  }
  function onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || mdbook_something_else_has_focus(event)) return;
    if (event.key !== 's' && event.key !== '/') return;
    event.preventDefault();
    open();
  }
  addEventListener('keydown', onKey);
  button.addEventListener('click', open);
  const asked = new URLSearchParams(location.search);
  if (asked.has('search') || asked.has('highlight')) load();
})();

(function keys() {
  const help = document.getElementById('help');
  document.getElementById('help-toggle').addEventListener('click', () => help.showModal());
  document.addEventListener('keydown', event => {
    if (event.altKey || event.ctrlKey || event.metaKey || mdbook_something_else_has_focus(event)) return;
    if (event.key === '?') {
      event.preventDefault();
      help.showModal();
    } else if (event.key === 'Escape' && !matchMedia('(min-width: 70rem)').matches) {
      document.getElementById('contents').open = false;
    } else if (!event.shiftKey && !event.target.closest?.('.table-scroll, pre')) {
      const turn = { ArrowLeft: 'prev', ArrowRight: 'next' }[event.key];
      const link = turn && document.querySelector(`.turn [rel~="${turn}"]`);
      if (link) {
        event.preventDefault();
        location.href = link.href;
      }
    }
  });
})();

// Answers are unfolded on paper, in browsers whose style sheets cannot do it as well.
addEventListener('beforeprint', () => {
  for (const answer of document.querySelectorAll('.exercise:not([open])')) {
    answer.open = true;
    addEventListener('afterprint', () => { answer.open = false; }, { once: true });
  }
});
