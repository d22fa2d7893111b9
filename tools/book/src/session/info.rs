//! Reading the info string of a fenced block.

use super::{Fault, Fence, Kind, grammar};
use crate::nearest::or_nearest;

/// What the block is.
pub(super) fn kind(fence: &Fence) -> Result<Kind, Fault> {
    let (language, attributes) = split(fence)?;
    let get = |name: &str| {
        attributes
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| (*value).to_owned())
    };
    if let Some(label) = get("not-run") {
        only(fence, &attributes, &["not-run"])?;
        let language = language.to_owned();
        return Ok(Kind::NotRun { language, label });
    }
    match language {
        "console" => {
            only(fence, &attributes, &["terminal", "not-run"])?;
            let terminal = get("terminal");
            let commands = grammar::commands(fence, terminal.is_some())?;
            Ok(Kind::Console { terminal, commands })
        }
        "compiler" => {
            only(fence, &attributes, &["example", "package", "not-run"])?;
            let package = get("package");
            match get("example") {
                Some(example) => Ok(Kind::Compiler { example, package }),
                None => Err(fault(
                    fence,
                    "a compiler block names its example: ```compiler,example=NAME",
                )),
            }
        }
        _ => {
            only(fence, &attributes, &["not-run"])?;
            Ok(Kind::Unaccounted)
        }
    }
}

/// `terminal=shop` and so on, in order.
type Attributes<'a> = Vec<(&'a str, &'a str)>;

/// The language and the attributes of `console,terminal=shop`.
fn split(fence: &Fence) -> Result<(&str, Attributes<'_>), Fault> {
    let mut parts = fence.info.split(',').map(str::trim);
    let language = parts.next().unwrap_or_default();
    let mut attributes = Attributes::new();
    for part in parts {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        if value.is_empty() && KNOWN.contains(&key) {
            return Err(fault(fence, format!("`{key}` needs a value: `{key}=…`")));
        }
        if attributes.iter().any(|(other, _)| *other == key) {
            return Err(fault(fence, format!("`{key}` is said twice")));
        }
        attributes.push((key, value));
    }
    Ok((language, attributes))
}

const KNOWN: [&str; 4] = ["example", "not-run", "package", "terminal"];

fn only(fence: &Fence, attributes: &[(&str, &str)], known: &[&str]) -> Result<(), Fault> {
    for (key, _) in attributes {
        if !known.contains(key) {
            let hint = or_nearest(key, known.iter().copied());
            let info = &fence.info;
            return Err(fault(
                fence,
                format!("unknown attribute `{key}` in ```{info}{hint}"),
            ));
        }
    }
    Ok(())
}

fn fault(fence: &Fence, message: impl Into<String>) -> Fault {
    Fault {
        line: fence.line,
        message: message.into(),
    }
}

#[cfg(test)]
mod tests {
    use crate::session::{Kind, blocks};

    fn kind(info: &str) -> Result<Kind, String> {
        match blocks(&format!("```{info}\n$ ls\n```\n")) {
            Ok(mut blocks) => Ok(blocks.remove(0).kind),
            Err(faults) => Err(faults[0].to_string()),
        }
    }

    #[test]
    fn an_info_string_says_what_a_block_is() {
        let Ok(Kind::Console { terminal, commands }) = kind("console,terminal=shop") else {
            panic!("not a console");
        };
        assert_eq!((terminal.as_deref(), commands.len()), (Some("shop"), 1));
        assert_eq!(
            kind("compiler,example=moved,package=ch01-bare-server"),
            Ok(Kind::Compiler {
                example: "moved".to_owned(),
                package: Some("ch01-bare-server".to_owned())
            })
        );
        assert_eq!(
            kind("yaml,not-run=needs-account"),
            Ok(Kind::NotRun {
                language: "yaml".to_owned(),
                label: "needs-account".to_owned()
            })
        );
        assert_eq!(kind("rust"), Ok(Kind::Unaccounted));
        assert_eq!(kind(""), Ok(Kind::Unaccounted));
    }

    #[test]
    fn a_misspelled_attribute_is_named_with_the_nearest_one() {
        assert_eq!(
            kind("console,terminl=shop").unwrap_err(),
            "1: unknown attribute `terminl` in ```console,terminl=shop; the nearest is `terminal`"
        );
        assert_eq!(
            kind("rust,not-rn=x").unwrap_err(),
            "1: unknown attribute `not-rn` in ```rust,not-rn=x; the nearest is `not-run`"
        );
        assert_eq!(
            kind("console,terminal").unwrap_err(),
            "1: `terminal` needs a value: `terminal=…`"
        );
        assert_eq!(
            kind("console,terminal=a,terminal=b").unwrap_err(),
            "1: `terminal` is said twice"
        );
        assert_eq!(
            kind("compiler").unwrap_err(),
            "1: a compiler block names its example: ```compiler,example=NAME"
        );
    }
}
