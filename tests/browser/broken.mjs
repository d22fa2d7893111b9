// For every check a sample that is broken in one place, so that the check is seen to fail.

const intoPage = html => (path, text) => path === '/preface.html' ? text.replace('</main>', `${html}</main>`) : text;
const intoFile = (name, from, to) => (path, text) => {
  if (!path.includes(name)) return text;
  if (!text.includes(from)) throw new Error(`${name} has no “${from}” any more`);
  return text.replaceAll(from, to);
};

/** Broken in a way that one look at the page must find: `check` names who has to speak up. */
export const PAGES = [
  { check: 'scrolling', what: 'a box of 2000 px', change: intoPage('<div style="width: 2000px">wide</div>') },
  { check: 'console', what: 'a message', change: intoPage('<script>console.log("here")</script>') },
  { check: 'console', what: 'an exception', change: intoPage('<script>throw new Error("oh")</script>') },
  { check: 'elsewhere', what: 'an image of another host', change: intoPage('<img alt="" src="http://127.0.0.1:9/there.png">') },
  { check: 'missing', what: 'a file that is not there', change: intoPage('<img alt="" src="gone.png">') },
  { check: 'axe', what: 'faint text', change: intoPage('<p style="color: #999">faint</p>') },
  { check: 'axe', what: 'a picture without a text', change: intoPage('<img src="favicon.svg">') },
  { check: 'axe', what: 'a field without a name', change: intoPage('<input>') },
  { check: 'prose', what: 'prose in the colour of captions', change: intoPage('<p style="color: #666">AA, but not AAA</p>') },
  { check: 'characters', what: 'a letter that the fonts lack', change: intoPage('<p>Ж</p>') },
  { check: 'fonts', what: 'fonts that are not linked', change: (path, text) => text.replace(/<link[^>]*fonts\.?[^>]*>|<link[^>]*fonts-[^>]*>/g, '') },
  { check: 'classes', what: 'a name that no style sheet knows', change: intoPage('<p class="numbr">1</p>') },
  { check: 'pictures', what: 'letters that shrink to nothing', change: intoPage('<svg viewBox="0 0 1600 90"><text y="30" font-size="14">tiny</text></svg>') },
  { check: 'weight', what: 'half a megabyte of noise', change: intoPage(`<!--${noise(500_000)}-->`) },
  { check: 'shift', what: 'a box that comes late', change: intoPage('<script>new PerformanceObserver(list => { if (list.getEntriesByName("first-contentful-paint").length) document.querySelector("main").prepend(Object.assign(document.createElement("div"), { style: "height: 300px" })) }).observe({ type: "paint", buffered: true })</script>') },
];

/** Broken in what the page does. */
export const DOINGS = [
  { check: 'copying', what: 'prompts that are copied', change: intoFile('book', "text(line.querySelector('.typed'))", 'text(line)') },
  { check: 'copying', what: 'continuations that are run together', change: intoFile('book', "goesOn && !waits(script) ? ' \\\\\\n' : '\\n'", "goesOn ? ' ' : '\\n'") },
  { check: 'copying', what: 'folded lines that are copied', change: intoFile('book', '.line:not(.gone)', '.line') },
  { check: 'keys', what: 'a search that does not open', change: intoFile('book', "event.key !== 's'", "event.key !== 'q'") },
  { check: 'keys', what: 'search data loaded with the page', change: (path, text) => path.endsWith('.html') ? text.replace('</body>', '<script src="elasticlunr.min.js"></script></body>') : text },
  { check: 'keys', what: 'a page that does not turn', change: (path, text) => text.replace('rel="next"', 'rel="later"') },
  { check: 'choices', what: 'a theme that is forgotten', change: intoFile('book', "keep('mdbook-theme'", "keep('theme'") },
  { check: 'without scripts', what: 'a page that waits for its script', change: (path, text) => path.endsWith('.html') ? text.replace('</head>', '<style>html:not(.js) main { display: none }</style></head>') : text },
  { check: 'projecting', what: 'letters as small as before', change: intoFile('chrome', 'font-size: clamp(1.35rem, 0.7rem + 1.35vw, 2.1rem)', 'font-size: 1rem') },
  { check: 'projecting', what: 'a turn that cuts a block', change: intoFile('book', 'cut.top - spare : ', '0.9 * innerHeight : ') },
  { check: 'projecting', what: 'asides beside the text', change: intoFile('chrome', ':is(.bar, .sidenote, .boxed,', ':is(.bar, .sidenote,') },
  { check: 'printing', what: 'answers that stay folded', change: intoFile('print', 'details::details-content', 'details.none') },
  { check: 'printing', what: 'an empty page', change: intoFile('print', 'main {', 'main { display: none;') },
];

function noise(length) {
  let state = 7;
  let text = '';
  while (text.length < length) {
    state = (state * 1103515245 + 12345) % 2147483648;
    text += state.toString(36);
  }
  return text;
}
