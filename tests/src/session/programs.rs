//! What a page may run, and why: one list.

use super::lambda::{self, LAMBDA};
use super::shell::{self, Word};

/// The programs of the machine that a page's session may run. They are on every system that the book
/// supports, except where `install` says otherwise.
pub const PROGRAMS: &[Program] = &[
    program("base64", "decodes what is written in base64"),
    program("cat", "shows a file, such as the journal"),
    program("cmp", "compares two files"),
    program("cp", "saves a copy of the shop's data"),
    program("curl", "is the customer"),
    program("cut", "picks a column"),
    program("date", "tells the time"),
    program("dd", "tears a file in the middle of a line"),
    program("diff", "compares two answers"),
    program("env", "starts a program with other settings"),
    program("grep", "picks lines"),
    program("head", "shows how something begins"),
    Program {
        name: "jq",
        why: "reads JSON",
        install: Some("apt install jq"),
    },
    program("ls", "shows which files there are"),
    program("mkdir", "makes a folder"),
    program("mv", "renames a file"),
    Program {
        name: "prlimit",
        why: "bounds the memory of a function, for the host that starts it",
        install: Some("apt install util-linux"),
    },
    program("rm", "loses the disk"),
    program("sed", "changes a word of a file"),
    program("seq", "counts customers"),
    Program {
        name: "setpriv",
        why: "lets a function end with the host that starts it",
        install: Some("apt install util-linux"),
    },
    program("sh", "runs a command in a shell of its own"),
    program("sha256sum", "makes the digest of a key"),
    program("sleep", "waits"),
    program("sort", "sorts lines"),
    program("sync", "writes what the system still holds"),
    Program {
        name: "systemd-analyze",
        why: "reads systemd's units",
        install: Some("apt install systemd"),
    },
    program("tail", "shows how something ends"),
    program("tee", "shows and keeps"),
    program("timeout", "does not wait for ever"),
    program("touch", "makes an empty file"),
    program("tr", "replaces characters"),
    program("truncate", "tears off the end of a file"),
    program("uniq", "counts equal lines"),
    program("wc", "counts lines and bytes"),
    program("xargs", "makes many customers of one"),
];

/// What the shell does itself.
pub const BUILT_IN: &[&str] = &[
    ":", "[", "cd", "echo", "exit", "export", "false", "kill", "printf", "pwd", "read", "set",
    "test", "true", "ulimit", "umask", "unset", "wait",
];

/// The programs that write or remove the files they are given.
const WRITING: &[&str] = &["cp", "dd", "mkdir", "mv", "rm", "tee", "touch", "truncate"];

/// What a page may ask of `cargo`, and why.
pub const CARGO: &[(&str, &str)] = &[
    ("book", "the `book` program"),
    ("build", "compiles a program of the workspace"),
    ("check", "asks the compiler"),
    ("lambda", "starts and builds functions"),
    ("run", "runs a program of the workspace"),
    ("test", "runs the tests of a crate"),
];

/// What a page may ask of `cargo book`. The rest would run the pages from within a page, or change them.
pub const BOOK: &[&str] = &["bill", "doctor", "events", "exercise", "promises", "run"];

/// A program of the machine.
#[derive(Debug)]
pub struct Program {
    /// Its name.
    pub name: &'static str,
    /// What a page needs it for.
    pub why: &'static str,
    /// How to install it where it is not to be expected.
    pub install: Option<&'static str>,
}

const fn program(name: &'static str, why: &'static str) -> Program {
    Program {
        name,
        why,
        install: None,
    }
}

/// What a command line starts.
#[derive(Debug, Default)]
pub struct Uses {
    /// Programs of the machine.
    pub programs: Vec<&'static Program>,
    /// What is asked of cargo: the words after `cargo`, as far as they can be read.
    pub cargo: Vec<Vec<String>>,
}

/// What a command line starts, if a page may start all of it. `more` are names allowed besides the list.
///
/// # Errors
///
/// The first program that a page may not run, and where the list is.
pub fn check(text: &str, more: &[&str]) -> Result<Uses, String> {
    let mut uses = Uses::default();
    let line = shell::read(text)?;
    if let Some(word) = line.written.iter().find(|word| is_outside(&word.text)) {
        return Err(outside(&word.text));
    }
    for simple in &line.commands {
        check_simple(simple, more, &mut uses)?;
    }
    Ok(uses)
}

/// Whether a file is elsewhere than in the page's own folder; what is no file at all is not.
fn is_outside(path: &str) -> bool {
    let path = path.strip_prefix("of=").unwrap_or(path);
    (path.starts_with(['/', '~']) && !path.starts_with("/dev/"))
        || path.split('/').any(|part| part == "..")
}

fn outside(path: &str) -> String {
    format!("`{path}` is outside of the page's own folder, where nothing may be written")
}

fn check_simple(words: &[Word], more: &[&str], uses: &mut Uses) -> Result<(), String> {
    let Some((first, arguments)) = words.split_first() else {
        return Ok(());
    };
    if first.expands {
        return Err("the name of a program has to stand on the page, not in a variable".to_owned());
    }
    let name = first.text.as_str();
    if name == "cargo" {
        let arguments = check_cargo(arguments)?;
        uses.cargo.push(arguments);
        return Ok(());
    }
    if name == "exec" {
        return check_simple(arguments, more, uses);
    }
    if BUILT_IN.contains(&name) || more.contains(&name) {
        return Ok(());
    }
    let Some(program) = PROGRAMS.iter().find(|program| program.name == name) else {
        return Err(format!(
            "`{name}` is not a program that a page may run; the list is in tests/src/session/programs.rs"
        ));
    };
    uses.programs.push(program);
    if WRITING.contains(&name)
        && let Some(word) = arguments.iter().find(|word| is_outside(&word.text))
    {
        return Err(outside(&word.text));
    }
    match name {
        // For the host; a page has no option of theirs to show.
        "prlimit" | "setpriv" => Err(format!("`{name}` is not for a page to run")),
        "env" => check_simple(after_options(arguments, "uCS", 0, true), more, uses),
        "timeout" => check_simple(after_options(arguments, "ks", 1, false), more, uses),
        "xargs" => check_simple(after_options(arguments, "adEILnPs", 0, false), more, uses),
        "sh" => match arguments {
            [option, script, ..] if option.text == "-c" && !script.expands => {
                let inner = check(&script.text, more)?;
                uses.programs.extend(inner.programs);
                uses.cargo.extend(inner.cargo);
                Ok(())
            }
            _ => Err("`sh` has to be given its script on the page: sh -c '…'".to_owned()),
        },
        _ => Ok(()),
    }
}

/// The words after a program's options; `valued` are the letters of those that take the next word, `skip`
/// counts the words between the options and the command, `assignments` are skipped where `env` takes them.
fn after_options<'a>(
    words: &'a [Word],
    valued: &str,
    skip: usize,
    assignments: bool,
) -> &'a [Word] {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let text = word.text.as_str();
        if text.starts_with('-') && text.len() > 1 {
            let takes_next = text.len() == 2 && valued.contains(&text[1..]);
            at += if takes_next { 2 } else { 1 };
        } else if assignments && text.contains('=') {
            at += 1;
        } else {
            break;
        }
    }
    words.get(at + skip..).unwrap_or_default()
}

fn check_cargo(arguments: &[Word]) -> Result<Vec<String>, String> {
    let words: Vec<String> = arguments.iter().map(|word| word.text.clone()).collect();
    let subcommand = words.first().map_or("", String::as_str);
    if !CARGO.iter().any(|(name, _)| *name == subcommand) {
        return Err(refusal(
            "cargo",
            subcommand,
            CARGO.iter().map(|(name, _)| *name),
        ));
    }
    if subcommand == "book" {
        let asked = words.get(1).map_or("", String::as_str);
        if !BOOK.contains(&asked)
            && asked != "--help"
            && words.last().is_none_or(|word| word != "--help")
        {
            return Err(refusal("cargo book", asked, BOOK.iter().copied()));
        }
        let gives = |word: &String| word.contains('.');
        if asked == "exercise" && words.iter().any(gives) {
            return Err("`cargo book exercise` with an exercise writes into the workspace; on a page it lists".to_owned());
        }
        return Ok(words);
    }
    let is_lambda = subcommand == "lambda";
    if is_lambda {
        let asked = words.get(1).map_or("", String::as_str);
        if !LAMBDA.iter().any(|(name, _)| *name == asked) {
            let known = LAMBDA.iter().map(|(name, _)| *name);
            return Err(refusal("cargo lambda", asked, known));
        }
        lambda::check(&words[1..])?;
    }
    let own = || words.iter().take_while(|word| *word != "--");
    if let Some(refused) = own().find(|word| {
        let name = word.split('=').next().unwrap_or_default();
        let release = ["--release", "-r"].contains(&name);
        ["--manifest-path", "--target-dir", "--config", "--profile"].contains(&name)
            || release && !is_lambda
    }) {
        return Err(format!(
            "`{refused}` is for the runner of the pages to say, not for a page"
        ));
    }
    // What `cargo lambda watch` builds is built, and the stand-in says `-q` for it.
    let is_mute = is_lambda && words.get(1).is_some_and(|word| word != "build");
    if !is_mute && !own().any(|word| word == "-q" || word == "--quiet") {
        return Err(format!(
            "`cargo {subcommand}` needs `-q` on a page: what cargo says while it builds differs from machine to machine"
        ));
    }
    Ok(words)
}

fn refusal(program: &str, asked: &str, known: impl Iterator<Item = &'static str>) -> String {
    let asked = if asked.is_empty() {
        "nothing more"
    } else {
        asked
    };
    let known: Vec<_> = known.collect();
    format!(
        "`{program}` with `{asked}` is not for a page to run; {} are (tests/src/session/programs.rs)",
        known.join(", ")
    )
}

/// Whether these words of cargo's start the platform in small.
#[must_use]
pub fn is_platform(words: &[String]) -> bool {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut told = words.iter().skip_while(|word| **word != "--");
    package(&words) == Some("local") && told.nth(1) == Some(&"platform")
}

/// The value of `-p` or `--package` in cargo's words.
#[must_use]
pub fn package<'a>(words: &[&'a str]) -> Option<&'a str> {
    option(words, &["-p", "--package"])
}

/// The value of `--example` in cargo's words.
#[must_use]
pub fn example<'a>(words: &[&'a str]) -> Option<&'a str> {
    option(words, &["--example"])
}

fn option<'a>(words: &[&'a str], names: &[&str]) -> Option<&'a str> {
    let mut words = words.iter().take_while(|word| **word != "--");
    while let Some(word) = words.next() {
        if names.contains(word) {
            return words.next().copied();
        }
        let value = names
            .iter()
            .find_map(|name| word.strip_prefix(name)?.strip_prefix('='));
        if value.is_some() {
            return value;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_not_on_the_list_is_named_wherever_it_hides() {
        for text in [
            "python3 -m http.server",
            "ls | python3 -",
            "sh -c 'ls; python3'",
            "seq 3 | xargs -n 1 -P 8 python3 -c pass",
            "timeout -k 5 3 python3",
            "env -u A B=c python3",
            "echo $(python3)",
        ] {
            assert_eq!(
                check(text, &[]).unwrap_err(),
                "`python3` is not a program that a page may run; the list is in tests/src/session/programs.rs",
                "{text}"
            );
        }
        assert!(
            check("/usr/bin/ls", &[])
                .unwrap_err()
                .starts_with("`/usr/bin/ls` is not")
        );
        assert!(
            check("$SHELL", &[])
                .unwrap_err()
                .contains("not in a variable")
        );
        assert!(check("sh script", &[]).unwrap_err().contains("on the page"));
        assert!(check("greeter", &["greeter"]).is_ok());
    }

    #[test]
    fn cargo_may_do_what_does_not_depend_on_the_machine() {
        let uses = check(
            "PORT=1 cargo run -q -p ch01-bare-server --example=two -- --example x",
            &[],
        )
        .unwrap();
        let words: Vec<&str> = uses.cargo[0].iter().map(String::as_str).collect();
        assert_eq!(package(&words), Some("ch01-bare-server"));
        assert_eq!(example(&words), Some("two"));
        for (text, expected) in [
            (
                "cargo install x",
                "`cargo` with `install` is not for a page to run; book, build, check, lambda, run, test are",
            ),
            (
                "cargo book update",
                "`cargo book` with `update` is not for a page to run; bill, doctor, events, exercise, promises, run are",
            ),
            ("cargo book", "`cargo book` with `nothing more` is not"),
            (
                "cargo book exercise 1.3",
                "`cargo book exercise` with an exercise writes into the workspace",
            ),
            ("cargo run -p x", "`cargo run` needs `-q` on a page"),
            ("cargo run -q --release", "`--release` is for the runner"),
        ] {
            let refusal = check(text, &[]).unwrap_err();
            assert!(refusal.starts_with(expected), "{text}: {refusal}");
        }
        assert!(check("cargo book promises P3 --at http://127.0.0.1:8080", &[]).is_ok());
    }

    #[test]
    fn nothing_is_written_outside_of_the_pages_folder() {
        for text in [
            "rm -rf /tmp/x",
            "rm -rf \"$x/\"",
            "dd if=/dev/zero of=/tmp/x",
            "cp a ../b",
            "echo a > /tmp/x",
            "(ls 2>>../x)",
            "touch ~/x",
        ] {
            let refusal = check(text, &[]).unwrap_err();
            assert!(
                refusal.ends_with("where nothing may be written"),
                "{text}: {refusal}"
            );
        }
        assert!(
            check(
                "ls 2>/dev/null; dd if=/dev/zero of=a; rm -rf shop; ls /proc; cat < /dev/null",
                &[]
            )
            .is_ok()
        );
    }

    #[test]
    fn the_list_is_sorted_and_has_a_reason_for_each() {
        assert!(PROGRAMS.is_sorted_by_key(|program| program.name));
        assert!(PROGRAMS.iter().all(|program| program.why.len() > 4));
    }
}
