//! Reads a command as a shell would, far enough to know which programs it starts.
//!
//! This is not a shell. It knows quotes, expansions, pipes, lists, redirections, here-documents, `$(…)`,
//! `( … )` and `{ …; }`, `if`, `for`, `while` (POSIX.1-2024, Shell Command Language). What it does not know (`case`,
//! functions) it refuses, because a program that was not seen could not be checked.

use std::mem;

/// A word of a command, its quotes removed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Word {
    /// What it says; expansions are left out.
    pub text: String,
    /// Whether the shell would put something in: `$x`, `$(…)`.
    pub expands: bool,
}

/// A simple command: the words from the program's name on; assignments before it and redirections are left out.
pub type Simple = Vec<Word>;

/// What a command line does.
#[derive(Debug, Default)]
pub struct Line {
    /// All its simple commands, those within `$(…)` too.
    pub commands: Vec<Simple>,
    /// The files that redirections write to.
    pub written: Vec<Word>,
}

/// Reads a command line.
///
/// # Errors
///
/// What is not understood, in words.
pub fn read(text: &str) -> Result<Line, String> {
    let mut reader = Reader {
        rest: text,
        found: Line::default(),
    };
    reader.list(None)?;
    Ok(reader.found)
}

struct Reader<'a> {
    rest: &'a str,
    found: Line,
}

/// What is being read: a simple command and its last word.
#[derive(Default)]
struct State {
    simple: Simple,
    word: Option<Word>,
    /// The next word is the target of a redirection.
    redirection: Option<Redirection>,
    written: Vec<Word>,
    /// The delimiters of here-documents whose bodies follow after this line.
    documents: Vec<String>,
}

#[derive(PartialEq)]
enum Redirection {
    Read,
    Write,
    Document,
}

impl State {
    fn push(&mut self, c: char) {
        self.word.get_or_insert_default().text.push(c);
    }

    fn expand(&mut self) {
        self.word.get_or_insert_default().expands = true;
    }

    fn end_word(&mut self) {
        let Some(word) = self.word.take() else { return };
        match self.redirection.take() {
            Some(Redirection::Document) => self.documents.push(word.text),
            Some(Redirection::Read) => {}
            Some(Redirection::Write) => self.written.push(word),
            None => self.simple.push(word),
        }
    }
}

impl Reader<'_> {
    /// Reads commands up to `end`: the `)` or the back quote of what was begun, or the end of the text.
    fn list(&mut self, end: Option<char>) -> Result<(), String> {
        let mut state = State::default();
        while let Some(c) = self.next() {
            if Some(c) == end {
                return self.finish(&mut state);
            }
            match c {
                ' ' | '\t' => state.end_word(),
                '\n' => {
                    self.finish(&mut state)?;
                    self.skip_documents(&mut state.documents);
                }
                '#' if state.word.is_none() => {
                    let line = self.rest.find('\n').unwrap_or(self.rest.len());
                    self.rest = &self.rest[line..];
                }
                '|' | '&' | ';' => self.finish(&mut state)?,
                '<' | '>' => self.redirection(c, &mut state),
                '(' if state.word.is_none() && state.simple.is_empty() => self.list(Some(')'))?,
                '(' => return Err("functions are more than a page's session may hold".to_owned()),
                ')' => return Err("a `)` that nothing opened".to_owned()),
                '\'' => self.single_quoted(&mut state)?,
                '"' => self.double_quoted(&mut state)?,
                '\\' => match self.next() {
                    Some('\n') | None => {}
                    Some(c) => state.push(c),
                },
                '$' | '`' => self.expansion(c, &mut state)?,
                _ => state.push(c),
            }
        }
        if let Some(end) = end {
            return Err(format!("there is no `{end}` where one is needed"));
        }
        self.finish(&mut state)
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn eat(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// The end of a simple command: keeps it, without reserved words and assignments.
    fn finish(&mut self, state: &mut State) -> Result<(), String> {
        state.end_word();
        self.found.written.append(&mut state.written);
        let mut words = mem::take(&mut state.simple);
        while let Some(first) = words.first() {
            match first.text.as_str() {
                "case" => return Err("`case` is more than a page's session may hold".to_owned()),
                "for" => words.clear(),
                "if" | "then" | "else" | "elif" | "fi" | "do" | "done" | "while" | "until"
                | "!" | "{" | "}" => drop(words.remove(0)),
                text if is_assignment(text) => drop(words.remove(0)),
                _ => break,
            }
        }
        if !words.is_empty() {
            self.found.commands.push(words);
        }
        Ok(())
    }

    fn redirection(&mut self, c: char, state: &mut State) {
        let is_descriptor = |word: &Word| word.text.bytes().all(|b| b.is_ascii_digit());
        if state.word.as_ref().is_some_and(is_descriptor) {
            state.word = None;
        }
        state.end_word();
        state.redirection = if c == '<' && self.eat("<") {
            self.eat("-");
            Some(Redirection::Document)
        } else {
            let _ = self.eat(">") || self.eat("&") || self.eat("|");
            Some(if c == '<' {
                Redirection::Read
            } else {
                Redirection::Write
            })
        };
    }

    /// The bodies of here-documents, up to their delimiters.
    fn skip_documents(&mut self, documents: &mut Vec<String>) {
        for delimiter in mem::take(documents) {
            while !self.rest.is_empty() {
                let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
                self.rest = rest;
                if line.trim_start_matches('\t') == delimiter {
                    break;
                }
            }
        }
    }

    fn single_quoted(&mut self, state: &mut State) -> Result<(), String> {
        let Some((quoted, rest)) = self.rest.split_once('\'') else {
            return Err("a ' that is never closed".to_owned());
        };
        self.rest = rest;
        state.word.get_or_insert_default().text.push_str(quoted);
        Ok(())
    }

    fn double_quoted(&mut self, state: &mut State) -> Result<(), String> {
        state.word.get_or_insert_default();
        while let Some(c) = self.next() {
            match c {
                '"' => return Ok(()),
                '\\' => match self.next() {
                    Some(c @ ('"' | '\\' | '$' | '`')) => state.push(c),
                    Some('\n') | None => {}
                    Some(c) => {
                        state.push('\\');
                        state.push(c);
                    }
                },
                '$' | '`' => self.expansion(c, state)?,
                _ => state.push(c),
            }
        }
        Err("a \" that is never closed".to_owned())
    }

    /// After `$` or a back quote. The commands within are found too.
    fn expansion(&mut self, c: char, state: &mut State) -> Result<(), String> {
        if c == '`' {
            state.expand();
            return self.list(Some('`'));
        }
        let unclosed = |what: &str| format!("a `{what}` that is never closed");
        if self.eat("((") {
            let end = self.rest.find("))").ok_or_else(|| unclosed("$(("))?;
            self.rest = &self.rest[end + 2..];
        } else if self.eat("(") {
            self.list(Some(')'))?;
        } else if self.eat("{") {
            let end = self.rest.find('}').ok_or_else(|| unclosed("${"))?;
            self.rest = &self.rest[end + 1..];
        } else {
            let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let special = |c: char| "@*#?-$!".contains(c);
            let end = match self.rest.chars().next() {
                Some(c) if special(c) || c.is_ascii_digit() => 1,
                _ => self.rest.find(|c| !name(c)).unwrap_or(self.rest.len()),
            };
            if end == 0 {
                state.push('$');
                return Ok(());
            }
            self.rest = &self.rest[end..];
        }
        state.expand();
        Ok(())
    }
}

fn is_assignment(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, _)| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let line = read(text).unwrap();
        line.commands
            .into_iter()
            .map(|mut words| words.remove(0).text)
            .collect()
    }

    #[test]
    fn every_program_of_a_command_line_is_found() {
        for (text, expected) in [
            ("ls", &["ls"] as &[_]),
            (
                "PORT=8081 A='b c' curl -s x | jq . && ls; wc & wait",
                &["curl", "jq", "ls", "wc", "wait"],
            ),
            ("kill -9 $(cat shop/pid)", &["cat", "kill"]),
            (
                "echo \"a $(ls \"$x\" | wc) b\" `pwd`",
                &["ls", "wc", "pwd", "echo"],
            ),
            (
                "cat > a.json <<'E' && ls\n$(python3) rm\nE\ntouch b",
                &["cat", "ls", "touch"],
            ),
            ("(cd a; ls) 2>&1 >/dev/null | wc -l", &["cd", "ls", "wc"]),
            (
                "for i in 1 2 $(seq 3); do curl $i & done; wait",
                &["seq", "curl", "wait"],
            ),
            ("if ! grep -q x y; then { rm z; } fi", &["grep", "rm"]),
            (
                "curl \\\n  -d '{\"a\": \"it is; (not) | x\"}' # no; python3",
                &["curl"],
            ),
            ("echo $((1 + 2)) ${x:-y} $! $? 3>a 4", &["echo"]),
            ("while sleep 1; do ls; done", &["sleep", "ls"]),
            ("x=1", &[]),
            ("/bin/ls $cmd", &["/bin/ls"]),
        ] {
            assert_eq!(names(text), expected, "{text}");
        }
    }

    #[test]
    fn a_word_knows_whether_the_shell_puts_something_in() {
        let line = read("$x 'y z' a\"b$c\" $").unwrap();
        let words: Vec<_> = line.commands[0]
            .iter()
            .map(|word| (word.text.as_str(), word.expands))
            .collect();
        assert_eq!(
            words,
            [("", true), ("y z", false), ("ab", true), ("$", false)]
        );
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for (text, expected) in [
            ("case x in y) ls;; esac", "a `)` that nothing opened"),
            (
                "f() { ls; }",
                "functions are more than a page's session may hold",
            ),
            ("echo 'a", "a ' that is never closed"),
            ("echo \"a", "a \" that is never closed"),
            ("echo $(ls", "there is no `)` where one is needed"),
        ] {
            assert_eq!(read(text).unwrap_err(), expected, "{text}");
        }
    }
}
