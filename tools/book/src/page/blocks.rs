//! Sessions, messages of the compiler, and what is shown and not run.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::highlight::Colours;
use super::html::{BREAK, escape, line, span, with_code};
use crate::redactions::{Redaction, is_name};
use crate::session::{Action, Block, Command, Kind, Status};

/// A console block in the page's HTML.
pub(super) fn session(
    terminal: Option<&str>,
    commands: &[Command],
    redactions: &BTreeMap<String, Redaction>,
) -> String {
    let mut code = String::new();
    for command in commands {
        match &command.action {
            Action::Listen => {}
            Action::Interrupt => code.push_str(&line("cmd", &span("typed", "^C"))),
            Action::Run(typed) => {
                for (at, text) in typed.iter().enumerate() {
                    let prompt = if at == 0 { "$ " } else { "> " };
                    code.push_str(&line(
                        "cmd",
                        &(span("prompt", prompt) + &span("typed", text)),
                    ));
                }
            }
        }
        let end = command
            .output
            .iter()
            .rposition(|text| !text.is_empty())
            .map_or(0, |at| at + 1);
        for text in &command.output[..end] {
            code.push_str(&output("out", text, redactions));
        }
        let status = match command.status {
            Status::Unsaid | Status::Code(0) => continue,
            Status::Code(code) => format!("exit status {code}"),
            Status::Failed => "exit status other than 0".to_owned(),
            Status::Interrupted => "ended by a signal".to_owned(),
        };
        code.push_str(&line("status", &status));
    }
    let (data, caption) = match terminal {
        Some(name) => (
            format!(" data-terminal=\"{}\"", escape(name)),
            format!(
                "<figcaption>terminal <em>{}</em></figcaption>",
                escape(name)
            ),
        ),
        None => (String::new(), String::new()),
    };
    format!(
        "<figure class=\"session\"{data}>{caption}<pre class=\"code\"><code>{code}</code></pre></figure>"
    )
}

/// A compiler block in the page's HTML.
pub(super) fn compiler(lines: &[String], redactions: &BTreeMap<String, Redaction>) -> String {
    let code: String = lines
        .iter()
        .map(|text| {
            let said = text.trim_start().trim_start_matches("= ");
            let class = if said.starts_with("error") {
                "err"
            } else if ["note:", "help:", "warning"]
                .iter()
                .any(|start| said.starts_with(start))
            {
                "note"
            } else {
                "out"
            };
            output(class, text, redactions)
        })
        .collect();
    format!(
        "<figure class=\"compiler\"><pre class=\"code\" tabindex=\"0\"><code>{code}</code></pre></figure>"
    )
}

/// A block that is not run, with the reason.
pub(super) fn not_run(language: &str, lines: &[String], why: &str) -> String {
    let text = lines.join("\n");
    let code: String = if language == "console" {
        lines
            .iter()
            .map(|text| match text.strip_prefix("$ ") {
                Some(typed) => line("cmd", &(span("prompt", "$ ") + &span("typed", typed))),
                None => line("out", &escape(text)),
            })
            .collect()
    } else {
        Colours::of(language, &text)
            .lines(&text)
            .iter()
            .map(|html| line("", html))
            .collect()
    };
    format!(
        "<figure class=\"not-run\"><figcaption><span class=\"state state-not-run\">not run</span> {}</figcaption><pre class=\"code\"><code>{code}</code></pre></figure>",
        with_code(why)
    )
}

/// The names in brackets in the output of a block that stand for a redaction, or should: line and name.
pub(super) fn redactions_used(block: &Block) -> Vec<(usize, String)> {
    let outputs: Vec<(usize, &String)> = match &block.kind {
        Kind::Console { commands, .. } => commands
            .iter()
            .flat_map(|command| (command.output_at..).zip(&command.output))
            .collect(),
        Kind::Compiler { .. } => (block.fence.line + 1..).zip(&block.fence.lines).collect(),
        Kind::NotRun { .. } | Kind::Unaccounted => Vec::new(),
    };
    outputs
        .into_iter()
        .flat_map(|(line, text)| {
            PATTERN.captures_iter(text).filter_map(move |found| {
                let name = found.name("name")?.as_str();
                is_name(name).then(|| (line, name.to_owned()))
            })
        })
        .collect()
}

/// `[..]`, and `[NAME]`.
static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\[(?:\.\.|(?<name>[A-Z][A-Z0-9_]*))\]").expect("a valid pattern")
});

/// A line of output; what stands for other text is told apart.
fn output(class: &str, text: &str, redactions: &BTreeMap<String, Redaction>) -> String {
    if text.trim() == "..." {
        return format!("<span class=\"line {class} elided\" title=\"any lines\">…{BREAK}</span>");
    }
    let mut html = String::new();
    let mut at = 0;
    for found in PATTERN.captures_iter(text) {
        let range = found.get_match().range();
        html.push_str(&escape(&text[at..range.start]));
        html.push_str(&stand_in(&found, redactions));
        at = range.end;
    }
    html.push_str(&escape(&text[at..]));
    line(class, &html)
}

fn stand_in(found: &Captures<'_>, redactions: &BTreeMap<String, Redaction>) -> String {
    let any = |title: &str, text: &str| {
        format!(
            "<span class=\"any\" title=\"{}\">{}</span>",
            escape(title),
            escape(text)
        )
    };
    match found.name("name") {
        None => any("differs from run to run", "…"),
        Some(name) => match redactions.get(name.as_str()) {
            Some(redaction) => any(
                &redaction.means,
                &name.as_str().to_lowercase().replace('_', " "),
            ),
            None => escape(&found[0]),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::blocks;

    fn redactions() -> BTreeMap<String, Redaction> {
        let redaction = Redaction {
            regex: Regex::new("[0-9]+").unwrap(),
            means: "a number".to_owned(),
        };
        BTreeMap::from([("HOW_MANY".to_owned(), redaction)])
    }

    #[test]
    fn a_session_shows_prompt_command_output_and_status() {
        let page = "```console,terminal=shop\n$ curl \\\n> -s\n? 7\n[HOW_MANY] of [..] <b>\n...\n^C\n```\n";
        let Kind::Console { terminal, commands } = blocks(page).unwrap().remove(0).kind else {
            panic!("not a console");
        };
        assert_eq!(
            session(terminal.as_deref(), &commands, &redactions()),
            "<figure class=\"session\" data-terminal=\"shop\"><figcaption>terminal <em>shop</em></figcaption><pre class=\"code\"><code>\
             <span class=\"line cmd\"><span class=\"prompt\">$ </span><span class=\"typed\">curl \\</span>&#10;</span>\
             <span class=\"line cmd\"><span class=\"prompt\">&gt; </span><span class=\"typed\">-s</span>&#10;</span>\
             <span class=\"line out\"><span class=\"any\" title=\"a number\">how many</span> of \
             <span class=\"any\" title=\"differs from run to run\">…</span> &lt;b&gt;&#10;</span>\
             <span class=\"line out elided\" title=\"any lines\">…&#10;</span>\
             <span class=\"line status\">exit status 7&#10;</span>\
             <span class=\"line cmd\"><span class=\"typed\">^C</span>&#10;</span></code></pre></figure>"
        );
    }

    #[test]
    fn a_message_of_the_compiler_tells_error_from_help() {
        let lines = [
            "error[E0382]: borrow of moved value",
            "  |",
            "  = help: clone it",
        ]
        .map(str::to_owned);
        let html = compiler(&lines, &redactions());
        assert!(
            html.contains("<span class=\"line err\">error[E0382]: borrow"),
            "{html}"
        );
        assert!(
            html.contains("<span class=\"line out\" style=\"--i:2\">  |"),
            "{html}"
        );
        assert!(
            html.contains("<span class=\"line note\" style=\"--i:2\">  = help"),
            "{html}"
        );
    }

    #[test]
    fn a_block_that_is_not_run_says_why() {
        let html = not_run("yaml", &["a: 1".to_owned()], "needs an account, see `aws`");
        assert_eq!(
            html,
            "<figure class=\"not-run\"><figcaption><span class=\"state state-not-run\">not run</span> needs an account, see <code>aws</code></figcaption>\
             <pre class=\"code\"><code><span class=\"line\"><span class=\"t\">a</span>: <span class=\"n\">1</span>&#10;</span></code></pre></figure>"
        );
    }

    #[test]
    fn redactions_are_found_and_error_codes_are_not() {
        let page = "```console\n$ x [NO]\nerror[E0382] [HOW_MANY]\n[a]\n[OTHER_1]\n```\n";
        let block = &blocks(page).unwrap()[0];
        assert_eq!(
            redactions_used(block),
            [(3, "HOW_MANY".to_owned()), (5, "OTHER_1".to_owned())]
        );
    }
}
