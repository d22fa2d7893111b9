// Serves a built book on a free port of 127.0.0.1.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const LATE_MS = 300;

const TYPES = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml', '.woff2': 'font/woff2', '.png': 'image/png' };

/** Resolves to `{ origin, stop, change }`; `change(path, text)` may return another text for a file of text. */
export async function serve(folder) {
  const served = { change: null };
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://x').pathname));
    try {
      let body = await readFile(join(folder, path.endsWith('/') ? path + 'index.html' : path));
      const type = TYPES[extname(path)] ?? 'application/octet-stream';
      if (served.change && /text|svg/.test(type)) body = Buffer.from(served.change(path, body.toString()));
      // Always late by the same: so what moves when the fonts come does not depend on how busy the machine is.
      if (extname(path) === '.woff2') await setTimeout(LATE_MS);
      response.writeHead(200, { 'Content-Type': type.startsWith('text') ? `${type}; charset=utf-8` : type, 'Cache-Control': 'no-store' });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  served.origin = `http://127.0.0.1:${server.address().port}`;
  served.stop = () => new Promise(resolve => {
    server.closeAllConnections();
    server.close(resolve);
  });
  return served;
}
