//! Reading what is typed in a session, and what is expected of it.

use super::{Action, Command, Fault, Fence, Status};

/// The commands of a console block; in a `named` terminal the first may be nothing but listening.
pub(super) fn commands(fence: &Fence, named: bool) -> Result<Vec<Command>, Fault> {
    let mut lines = (fence.line + 1..).zip(&fence.lines).peekable();
    let mut commands = Vec::new();
    while let Some((line, text)) = lines.peek().copied() {
        let listens = named && commands.is_empty() && !is_action(text);
        let mut command = Command {
            line,
            action: Action::Listen,
            status: Status::Unsaid,
            output: Vec::new(),
            output_at: line,
        };
        if !listens {
            command.action = action(line, text)?;
            command.output_at = line + 1;
            lines.next();
        }
        if let Action::Run(typed) = &mut command.action {
            while let Some((line, text)) = lines.next_if(|(_, text)| is_more(text)) {
                typed.push(text.get(2..).unwrap_or_default().to_owned());
                command.output_at = line + 1;
            }
        }
        if let Some((line, text)) = lines.next_if(|(_, text)| text.starts_with("? ")) {
            command.status = status(line, text)?;
            command.output_at = line + 1;
        }
        while let Some((_, text)) = lines.next_if(|(_, text)| !is_action(text)) {
            command.output.push(text.clone());
        }
        commands.push(command);
    }
    if commands.is_empty() {
        return Err(Fault {
            line: fence.line,
            message: "a session needs a command: a line that begins with `$ `".to_owned(),
        });
    }
    Ok(commands)
}

fn is_action(text: &str) -> bool {
    text.starts_with("$ ") || text == "^C"
}

fn is_more(text: &str) -> bool {
    text.starts_with("> ") || text == ">"
}

fn action(line: usize, text: &str) -> Result<Action, Fault> {
    if text == "^C" {
        return Ok(Action::Interrupt);
    }
    let fault = |message: String| Err(Fault { line, message });
    match text.strip_prefix("$ ").map(str::trim_end) {
        Some("") => fault("nothing is typed after `$ `".to_owned()),
        Some(typed) => Ok(Action::Run(vec![typed.to_owned()])),
        None => fault(format!(
            "a session begins with `$ ` and a command, or with `^C`; here it begins with `{text}`"
        )),
    }
}

fn status(line: usize, text: &str) -> Result<Status, Fault> {
    let said = text[2..].trim();
    match said {
        "failed" => Ok(Status::Failed),
        "interrupted" => Ok(Status::Interrupted),
        "success" => Ok(Status::Code(0)),
        _ => said.parse().map(Status::Code).map_err(|_| Fault {
            line,
            message: format!(
                "`{said}` is no status; a number, `failed`, `interrupted` or `success` is"
            ),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Kind, blocks};

    fn read(session: &str) -> Result<Vec<Command>, String> {
        match blocks(&format!("prose\n\n```console\n{session}\n```\n")) {
            Ok(mut blocks) => match blocks.remove(0).kind {
                Kind::Console { commands, .. } => Ok(commands),
                other => panic!("{other:?}"),
            },
            Err(faults) => Err(faults[0].to_string()),
        }
    }

    #[test]
    fn a_session_is_commands_with_status_and_output() {
        let commands = read(
            "$ curl -s \\\n>   localhost:8080\n? 7\ncurl: (7) no\n\n...\n$ ls\n^C\n? interrupted\nbye",
        )
        .unwrap();
        assert_eq!(commands.len(), 3);
        assert_eq!(commands[0].line, 4);
        assert_eq!(commands[0].text(), "curl -s \\\n  localhost:8080");
        assert_eq!(commands[0].status, Status::Code(7));
        assert_eq!(commands[0].output, ["curl: (7) no", "", "..."]);
        assert_eq!(commands[0].output_at, 7);
        assert_eq!(commands[1].text(), "ls");
        assert_eq!(commands[1].output, [""; 0]);
        assert_eq!(commands[1].output_at, 11);
        assert_eq!(commands[2].action, Action::Interrupt);
        assert_eq!(commands[2].status, Status::Interrupted);
        assert_eq!(commands[2].output, ["bye"]);
    }

    #[test]
    fn a_session_without_a_command_is_a_fault() {
        assert_eq!(
            read("listening").unwrap_err(),
            "4: a session begins with `$ ` and a command, or with `^C`; here it begins with `listening`"
        );
        assert_eq!(read("$ ").unwrap_err(), "4: nothing is typed after `$ `");
        assert_eq!(
            read("$ ls\n? many").unwrap_err(),
            "5: `many` is no status; a number, `failed`, `interrupted` or `success` is"
        );
        assert_eq!(
            blocks("```console\n```").unwrap_err()[0].to_string(),
            "1: a session needs a command: a line that begins with `$ `"
        );
    }

    #[test]
    fn a_named_terminal_may_say_more_without_being_asked() {
        let page = "```console,terminal=shop\n? 134\npanicked\n$ ls\n```\n";
        let Kind::Console { commands, .. } = blocks(page).unwrap().remove(0).kind else {
            panic!("not a console");
        };
        assert_eq!(commands[0].action, Action::Listen);
        assert_eq!((commands[0].line, commands[0].output_at), (2, 3));
        assert_eq!(commands[0].status, Status::Code(134));
        assert_eq!(commands[0].output, ["panicked"]);
        assert_eq!(commands[1].text(), "ls");
    }

    #[test]
    fn a_status_is_met_or_not() {
        assert!(Status::Unsaid.is_met_by(Some(0)));
        assert!(!Status::Unsaid.is_met_by(Some(1)));
        assert!(!Status::Unsaid.is_met_by(None));
        assert!(Status::Failed.is_met_by(Some(101)));
        assert!(!Status::Failed.is_met_by(Some(0)));
        assert!(Status::Interrupted.is_met_by(None));
        assert!(Status::Code(3).is_met_by(Some(3)));
    }
}
