//! Writing HTML that Markdown leaves alone: every figure is one line of source, its line breaks written as `&#10;`,
//! so that no blank line can end it and no indentation can change it.

/// The line break within a figure.
pub(super) const BREAK: &str = "&#10;";

/// Text as the content of an element or the value of an attribute.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // Directives would be looked for in it, and a line of Markdown must stay one line.
            '{' => escaped.push_str("&#123;"),
            '\n' => escaped.push_str(BREAK),
            c => escaped.push(c),
        }
    }
    escaped
}

/// One line of a listing or session: `content` is HTML already. The columns that it is indented by are in `--i`, for
/// the look, which lets a long line hang from there.
pub(super) fn line(class: &str, content: &str) -> String {
    let class = if class.is_empty() {
        String::new()
    } else {
        format!(" {class}")
    };
    let indent = content.len() - content.trim_start_matches(' ').len();
    let style = if indent == 0 {
        String::new()
    } else {
        format!(" style=\"--i:{indent}\"")
    };
    format!("<span class=\"line{class}\"{style}>{content}{BREAK}</span>")
}

/// A part of a line.
pub(super) fn span(class: &str, text: &str) -> String {
    format!("<span class=\"{class}\">{}</span>", escape(text))
}

/// A name in code.
pub(super) fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(text))
}

/// What a name looks like as a part of an id: `src/journal.rs` becomes `src-journal-rs`.
pub(super) fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || c == '_' {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_matches('-').to_owned()
}

/// Text with `inline code` in it, as HTML.
pub(super) fn with_code(text: &str) -> String {
    let mut html = String::new();
    for (at, part) in text.split('`').enumerate() {
        if at % 2 == 1 {
            html.push_str(&code(part));
        } else {
            html.push_str(&escape(part));
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_stays_on_one_line() {
        assert_eq!(
            escape("a < b\n\n{{#x}}"),
            "a &lt; b&#10;&#10;&#123;&#123;#x}}"
        );
        assert_eq!(line("new", "x"), "<span class=\"line new\">x&#10;</span>");
        assert_eq!(
            line("", "  x"),
            "<span class=\"line\" style=\"--i:2\">  x&#10;</span>"
        );
        assert_eq!(
            slug("../ch01/src/Journal.rs:open"),
            "ch01-src-journal-rs-open"
        );
        assert_eq!(with_code("with `a<b`, so"), "with <code>a&lt;b</code>, so");
    }
}
