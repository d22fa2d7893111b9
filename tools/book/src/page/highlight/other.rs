//! The small languages around Rust: TOML, YAML, JSON, shell, units of systemd, nginx, a Procfile.

use std::sync::LazyLock;

use regex::Regex;

use super::Part;

/// The coloured parts; none for a language that is not known.
pub(super) fn parts(language: &str, text: &str) -> Vec<Part> {
    let pattern: &Regex = match language {
        "json" => &JSON,
        "toml" | "ini" | "service" | "socket" | "timer" => &TOML,
        "yaml" | "yml" | "Procfile" => &YAML,
        "sh" | "bash" | "shell" | "console" => &SHELL,
        "conf" | "nginx" => &NGINX,
        _ => return Vec::new(),
    };
    let mut parts = Vec::new();
    for found in pattern.captures_iter(text) {
        let names = pattern.capture_names().flatten();
        let part = names.filter_map(|name| Some((found.name(name)?.range(), class(name))));
        parts.extend(part.take(1));
    }
    parts
}

/// One pattern of several; the groups of each are named after the class, and numbered to tell them apart.
fn pattern(parts: &[&str]) -> Regex {
    let numbered = parts.iter().enumerate().map(|(at, part)| {
        let (before, after) = part.split_once("(?<").expect("a class");
        let (class, after) = after.split_at(1);
        format!("{before}(?<{class}{at}{after}")
    });
    let whole = numbered.collect::<Vec<_>>().join("|");
    Regex::new(&format!("(?m){whole}")).expect("a valid pattern")
}

fn class(group: &str) -> &'static str {
    ["c", "s", "m", "t", "k", "n"]
        .into_iter()
        .find(|class| group.starts_with(class))
        .unwrap_or_default()
}

const STRING: &str = r#"(?<s>"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"#;
const HASH: &str = r"(?:^|\s)(?<c>#.*)$";
const NUMBER: &str = r"\b(?<n>[0-9][0-9_.:-]*[a-zA-Z%]*)\b";
const WORD: &str = r"\b(?<k>true|false|null)\b";

static JSON: LazyLock<Regex> =
    LazyLock::new(|| pattern(&[r#"(?<t>"(?:[^"\\\n]|\\.)*")\s*:"#, STRING, WORD, NUMBER]));

static TOML: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&[
        r"^\s*(?<c>[#;].*)$",
        HASH,
        r"^\s*(?<m>\[.*\])\s*$",
        r#"^\s*(?<t>[A-Za-z0-9_."-]+)\s*="#,
        STRING,
        WORD,
        NUMBER,
    ])
});

static YAML: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&[
        HASH,
        r"^\s*(?:- +)*(?<t>[A-Za-z0-9_./:-]+):(?:\s|$)",
        r"(?<m>![A-Za-z]+)\b",
        STRING,
        WORD,
        NUMBER,
    ])
});

static SHELL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&[
        HASH,
        STRING,
        r"(?<t>\$\{?[A-Za-z_][A-Za-z0-9_]*\}?)",
        r"\b(?<k>if|then|else|fi|for|in|do|done|while|case|esac|export|set|exit)\b",
    ])
});

static NGINX: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&[
        HASH,
        r"^\s*(?<k>[a-z_]+)\b",
        STRING,
        r"(?<t>\$[a-z_]+)",
        NUMBER,
    ])
});

#[cfg(test)]
mod tests {
    use super::super::Colours;

    #[test]
    fn each_language_has_its_colours() {
        for (language, text, html) in [
            (
                "toml",
                "a = true # b",
                "<span class=\"t\">a</span> = <span class=\"k\">true</span> <span class=\"c\"># b</span>",
            ),
            ("service", "[Unit]", "<span class=\"m\">[Unit]</span>"),
            (
                "yaml",
                "- Type: !Ref x",
                "- <span class=\"t\">Type</span>: <span class=\"m\">!Ref</span> x",
            ),
            (
                "json",
                "{\"a\": \"b\"}",
                "&#123;<span class=\"t\">&quot;a&quot;</span>: <span class=\"s\">&quot;b&quot;</span>}",
            ),
            (
                "conf",
                "  listen 80;",
                "  <span class=\"k\">listen</span> <span class=\"n\">80</span>;",
            ),
            ("sh", "echo $HOME", "echo <span class=\"t\">$HOME</span>"),
            ("md", "a # b", "a # b"),
        ] {
            assert_eq!(
                Colours::of(language, text).lines(text),
                [html],
                "{language}"
            );
        }
    }
}
