//! What raw HTML says: its text, where it leads, and what it may not pretend to be.

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

/// What a page may not hold as raw HTML, each with the number of its line, counted from 0: code that nobody runs, and
/// parts that look as if they had been run, measured or generated.
pub(super) fn forbidden(html: &str) -> impl Iterator<Item = (usize, String)> {
    static FORBIDDEN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(concat!(
            r"<(?<tag>pre|script|style|iframe|textarea)\b",
            r#"|\sclass="(?:[^"]*?\s)??(?<class>listing|session|compiler|not-run|measured|ladder|(?:badge|state)(?:-[a-zA-Z0-9-]+)?)[\s"]"#,
        ))
        .expect("a valid pattern")
    });
    FORBIDDEN.captures_iter(html).map(|found| {
        let line = html[..found.get_match().start()].matches('\n').count();
        let message = match (found.name("tag"), found.name("class")) {
            (Some(tag), _) => format!("a page has no raw `<{}>`: nothing accounts for what is in it", tag.as_str()),
            (_, class) => format!(
                "the class `{}` is for what was run, measured or generated; a page does not type it",
                class.map_or("", |class| class.as_str())
            ),
        };
        (line, message)
    })
}
