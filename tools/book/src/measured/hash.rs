//! The hash of what was measured.
//!
//! Prose in the code does not make a figure stale: of a Rust file only its tokens count, without
//! comments, doc comments and what stands under `#[cfg(test)]`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};
use sha2::{Digest, Sha256};

/// How many hexadecimal digits of a file's hash are kept to say which one changed.
const SHORT: usize = 12;

/// The SHA-256 (hexadecimal) over the files below `paths`, sorted: the path of each and its content.
///
/// # Errors
///
/// When a path does not exist or cannot be read.
pub fn hash_of(root: &Path, paths: &[&str]) -> Result<String> {
    let mut hasher = Sha256::new();
    for (file, content) in contents(root, paths)? {
        hasher.update(file.as_bytes());
        hasher.update([0]);
        hasher.update((content.len() as u64).to_be_bytes());
        hasher.update(&content);
    }
    Ok(hex(&hasher.finalize()))
}

/// The hash of each file below `paths`, shortened, by path.
///
/// # Errors
///
/// As for [`hash_of`].
pub fn hashes_of(root: &Path, paths: &[&str]) -> Result<BTreeMap<String, String>> {
    let short = |content: Vec<u8>| hex(&Sha256::digest(content))[..SHORT].to_owned();
    let contents = contents(root, paths)?.into_iter();
    Ok(contents
        .map(|(file, content)| (file, short(content)))
        .collect())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn contents(root: &Path, paths: &[&str]) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for &path in paths {
        let path = path.trim_end_matches('/');
        if !root.join(path).exists() {
            bail!("{path} does not exist and so cannot be hashed");
        }
        collect(root, path, &mut files)?;
    }
    Ok(files)
}

fn collect(root: &Path, path: &str, files: &mut BTreeMap<String, Vec<u8>>) -> Result<()> {
    let full = root.join(path);
    let context = || format!("{path} cannot be read");
    if !full.is_dir() {
        let bytes = fs::read(&full).with_context(context)?;
        files.insert(path.to_owned(), what_counts(path, bytes));
        return Ok(());
    }
    for entry in fs::read_dir(&full).with_context(context)? {
        let name = entry?.file_name();
        let name = name
            .to_str()
            .with_context(|| format!("a name in {path} is not UTF-8"))?;
        if name != "target" && !name.starts_with('.') {
            collect(root, &format!("{path}/{name}"), files)?;
        }
    }
    Ok(())
}

fn what_counts(path: &str, bytes: Vec<u8>) -> Vec<u8> {
    let extension = Path::new(path).extension();
    if extension.is_none_or(|extension| extension != "rs") {
        return bytes;
    }
    let tokens = str::from_utf8(&bytes)
        .ok()
        .and_then(|text| text.parse::<TokenStream>().ok());
    match tokens {
        Some(tokens) => {
            let mut text = String::new();
            write_tokens(tokens, &mut text);
            text.into_bytes()
        }
        None => bytes,
    }
}

fn write_tokens(tokens: TokenStream, text: &mut String) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        if let Some((attribute, after)) = attribute(&tokens, at) {
            if is_doc(attribute) {
                at = after;
                continue;
            }
            if is_cfg_test(attribute) {
                at = end_of_item(&tokens, after);
                continue;
            }
        }
        write_token(&tokens[at], text);
        at += 1;
    }
}

fn write_token(token: &TokenTree, text: &mut String) {
    match token {
        TokenTree::Group(group) => {
            let (open, close) = match group.delimiter() {
                Delimiter::Parenthesis => ("( ", ") "),
                Delimiter::Brace => ("{ ", "} "),
                Delimiter::Bracket => ("[ ", "] "),
                Delimiter::None => ("", ""),
            };
            text.push_str(open);
            write_tokens(group.stream(), text);
            text.push_str(close);
        }
        TokenTree::Punct(punct) => {
            text.push(punct.as_char());
            if punct.spacing() == Spacing::Alone {
                text.push(' ');
            }
        }
        other => {
            let _ = write!(text, "{other} ");
        }
    }
}

/// `#[…]` or `#![…]` at `at`: its brackets, and where the tokens go on.
fn attribute(tokens: &[TokenTree], at: usize) -> Option<(&Group, usize)> {
    let is = |at: usize, wanted: char| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == wanted);
    if !is(at, '#') {
        return None;
    }
    let brackets = if is(at + 1, '!') { at + 2 } else { at + 1 };
    match tokens.get(brackets) {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket => {
            Some((group, brackets + 1))
        }
        _ => None,
    }
}

fn is_doc(attribute: &Group) -> bool {
    let mut tokens = attribute.stream().into_iter();
    let is_doc = matches!(tokens.next(), Some(TokenTree::Ident(name)) if name == "doc");
    is_doc && matches!(tokens.next(), Some(TokenTree::Punct(punct)) if punct.as_char() == '=')
}

fn is_cfg_test(attribute: &Group) -> bool {
    attribute.stream().to_string().replace(' ', "") == "cfg(test)"
}

/// Where the item that begins at `at` ends: after its braces or its semicolon.
fn end_of_item(tokens: &[TokenTree], at: usize) -> usize {
    let ends = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(punct) => punct.as_char() == ';',
        _ => false,
    };
    let end = tokens[at..].iter().position(ends);
    end.map_or(tokens.len(), |end| at + end + 1)
}
