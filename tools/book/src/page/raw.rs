//! What raw HTML says: its text, and where it leads.

use std::sync::LazyLock;

use regex::Regex;

/// The text of each line, without tags, comments and code.
pub(super) fn texts(html: &str) -> impl Iterator<Item = String> {
    static TAG: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("<!--.*?-->|<code>.*?</code>|<[^>]*>").expect("a valid pattern")
    });
    html.split_inclusive('\n')
        .map(|line| TAG.replace_all(line, " ").into_owned())
}

/// The links and images, each with the number of its line, counted from 0.
pub(super) fn links(html: &str) -> impl Iterator<Item = (usize, &str)> {
    static LINK: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"\s(?:href|src)="([^"]*)""#).expect("a valid pattern"));
    LINK.captures_iter(html).filter_map(|found| {
        let link = found.get(1)?;
        Some((html[..link.start()].matches('\n').count(), link.as_str()))
    })
}
