//! Rust, by `proc_macro2`'s lexer. Comments are what it leaves out, or hands on as `#[doc]`.

use std::ops::Range;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::Part;

/// The coloured parts; none for a file that is not Rust's tokens.
pub(super) fn parts(text: &str) -> Vec<Part> {
    let Ok(stream) = text.parse::<TokenStream>() else {
        return Vec::new();
    };
    let mut tokens = Vec::new();
    flatten(stream, text, &mut tokens);
    let mut parts = Vec::new();
    let mut at = 0;
    let mut rest = tokens.as_slice();
    while let Some((token, others)) = rest.split_first() {
        parts.extend(comments(text, at..token.range.start));
        at = at.max(token.range.end);
        rest = others;
        if token.kind == Kind::Attribute {
            let last = others
                .iter()
                .take_while(|other| other.range.end <= token.range.end)
                .count();
            rest = &others[last..];
        }
        if let Some(class) = class(token, rest.first().map(|next| &text[next.range.clone()])) {
            parts.push((token.range.clone(), class));
        }
    }
    parts.extend(comments(text, at..text.len()));
    parts
}

#[derive(PartialEq)]
enum Kind {
    Attribute,
    Comment,
    Word,
    Literal,
    Lifetime,
    Sign,
}

struct Token<'a> {
    range: Range<usize>,
    text: &'a str,
    kind: Kind,
}

fn flatten<'a>(stream: TokenStream, text: &'a str, tokens: &mut Vec<Token<'a>>) {
    let mut stream = stream.into_iter().peekable();
    while let Some(tree) = stream.next() {
        let range = tree.span().byte_range();
        let mut push = |range: Range<usize>, kind| {
            let text = &text[range.clone()];
            tokens.push(Token { range, text, kind });
        };
        let is_comment = |range: &Range<usize>| {
            text[range.clone()].starts_with("//") || text[range.clone()].starts_with("/*")
        };
        match tree {
            TokenTree::Punct(sign) if sign.as_char() == '#' && is_comment(&range) => {
                // A doc comment arrives as `#`, maybe `!`, and `[doc = "…"]`, all of them at its place.
                while stream
                    .next_if(|next| next.span().byte_range().start < range.end)
                    .is_some()
                {}
                push(range, Kind::Comment);
            }
            TokenTree::Punct(sign) if sign.as_char() == '#' => {
                let mut end = range.end;
                if let Some(bang) =
                    stream.next_if(|next| matches!(next, TokenTree::Punct(p) if p.as_char() == '!'))
                {
                    end = bang.span().byte_range().end;
                }
                if let Some(group) = stream.next_if(
                    |next| matches!(next, TokenTree::Group(g) if g.delimiter() == Delimiter::Bracket),
                ) {
                    push(range.start..group.span().byte_range().end, Kind::Attribute);
                } else {
                    push(range.start..end, Kind::Sign);
                }
            }
            TokenTree::Punct(sign) if sign.as_char() == '\'' => {
                let end = stream
                    .next()
                    .map_or(range.end, |name| name.span().byte_range().end);
                push(range.start..end, Kind::Lifetime);
            }
            TokenTree::Punct(_) => push(range, Kind::Sign),
            TokenTree::Ident(_) => push(range, Kind::Word),
            TokenTree::Literal(_) => push(range, Kind::Literal),
            TokenTree::Group(group) => {
                let (open, close) = (
                    group.span_open().byte_range(),
                    group.span_close().byte_range(),
                );
                if group.delimiter() != Delimiter::None {
                    push(open, Kind::Sign);
                }
                flatten(group.stream(), text, tokens);
                if group.delimiter() != Delimiter::None {
                    let text = &text[close.clone()];
                    let kind = Kind::Sign;
                    tokens.push(Token {
                        range: close,
                        text,
                        kind,
                    });
                }
            }
        }
    }
}

fn class(token: &Token<'_>, next: Option<&str>) -> Option<&'static str> {
    match token.kind {
        Kind::Attribute => Some("m"),
        Kind::Comment => Some("c"),
        Kind::Lifetime => Some("l"),
        Kind::Literal if token.text.starts_with(|c: char| c.is_ascii_digit()) => Some("n"),
        Kind::Literal => Some("s"),
        Kind::Word if KEYWORDS.contains(&token.text) => Some("k"),
        Kind::Word if PRIMITIVES.contains(&token.text) => Some("t"),
        Kind::Word if next == Some("!") && token.text != "r" => Some("m"),
        Kind::Word if token.text.starts_with(|c: char| c.is_uppercase()) => Some("t"),
        Kind::Word if next == Some("(") => Some("f"),
        Kind::Word | Kind::Sign => None,
    }
}

/// What is neither token nor space between two tokens.
fn comments(text: &str, gap: Range<usize>) -> Option<Part> {
    let between = text.get(gap.clone())?;
    let start = between.find('/')?;
    let end = between.trim_end().len();
    (start < end).then(|| (gap.start + start..gap.start + end, "c"))
}

const KEYWORDS: [&str; 39] = [
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern",
    "false", "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub",
    "ref", "return", "self", "Self", "static", "struct", "super", "trait", "true", "type", "union",
    "unsafe", "use", "where", "while",
];

const PRIMITIVES: [&str; 17] = [
    "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "str", "u8", "u16",
    "u32", "u64", "u128", "usize",
];

#[cfg(test)]
mod tests {
    use super::super::Colours;

    fn classes(code: &str) -> Vec<(String, String)> {
        let part = regex::Regex::new("<span class=\"(.)\">([^<]*)</span>").unwrap();
        Colours::of("rs", code)
            .lines(code)
            .iter()
            .flat_map(|line| {
                part.captures_iter(line)
                    .map(|found| (found[1].to_owned(), found[2].to_owned()))
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    #[test]
    fn rust_has_its_colours() {
        let code = "/// Doc.\n#[derive(Debug)]\npub fn adopt<'a>(id: &'a str) -> Option<u8> { // why\n    format!(\"x{id}\", 1_000);\n}\n";
        let expected = [
            ("c", "/// Doc."),
            ("m", "#[derive(Debug)]"),
            ("k", "pub"),
            ("k", "fn"),
            ("l", "'a"),
            ("l", "'a"),
            ("t", "str"),
            ("t", "Option"),
            ("t", "u8"),
            ("c", "// why"),
            ("m", "format"),
            ("s", "&quot;x&#123;id}&quot;"),
            ("n", "1_000"),
        ]
        .map(|(class, text)| (class.to_owned(), text.to_owned()));
        assert_eq!(classes(code), expected);
    }

    #[test]
    fn a_call_is_a_function_and_a_char_is_no_lifetime() {
        let expected = [("f", "open"), ("s", "'x'"), ("c", "//! Of the file.")]
            .map(|(class, text)| (class.to_owned(), text.to_owned()));
        assert_eq!(classes("open('x');\n")[..], expected[..2]);
        assert_eq!(classes("//! Of the file.\n")[..], expected[2..]);
    }
}
