// Put into pages by `cargo book` only, never into the book itself.
{
  const edition = document.currentScript.dataset.edition;
  const news = new EventSource("/__book/events");
  let banner;

  news.addEventListener("book", (event) => {
    const now = JSON.parse(event.data);
    if (now.edition !== edition) {
      news.close();
      location.reload();
      return;
    }
    banner?.remove();
    if (now.problems) {
      banner = document.createElement("pre");
      banner.setAttribute("role", "alert");
      banner.style.cssText =
        "position:fixed;inset:auto 0 0 0;z-index:9999;margin:0;padding:.75em 1em;max-height:40vh;" +
        "overflow:auto;white-space:pre-wrap;font:14px/1.4 monospace;color:#fff;background:#7a1020";
      banner.textContent = `Not rebuilt, this is the last good page.\n${now.problems}`;
      document.body.append(banner);
    }
  });
}
