//! What the table of functions says, and what is said of one that is wrong.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use ch04_functions::table::{Faults, Table};

/// Reads this as if it stood in `shop/functions.toml`; `sh` is a program.
fn read(text: &str) -> Result<Table, Faults> {
    Table::parse(text, Path::new("shop/functions.toml"), Path::new("/bin"))
}

const SMALL: &str = r#"
[defaults]
program = "sh"
told = ["TABLE"]

[[function]]
name = "show"
handler = "one"
timeout = 900
environment = { A = "1" }

[[route]]
route = "GET /pets/{id}"
function = "show"

[[rule]]
name = "all"
pattern = { source = ["shop"] }
function = "show"
"#;

#[test]
fn what_a_function_does_not_say_is_said_for_all() -> Result<()> {
    let table = read(SMALL)?;
    let [show] = table.functions.as_slice() else {
        panic!("{table:?}");
    };
    assert_eq!((show.name.as_str(), show.handler.as_str()), ("show", "one"));
    assert_eq!(show.program, Path::new("/bin/sh"));
    assert_eq!(show.timeout, Duration::from_mins(15));
    assert_eq!((show.memory, show.limit), (128, 10));
    assert_eq!(show.idle, Duration::from_mins(1));
    assert_eq!(show.told, ["TABLE"]);
    assert_eq!(show.environment["A"], "1");
    assert_eq!(table.routes[0].path, "/pets/{id}");
    assert_eq!(table.rules[0].pattern, r#"{"source":["shop"]}"#);
    Ok(())
}

/// What is written instead of what, and what is said of it: its place, the line as it
/// is there, and what is wrong.
const WRONG: [(&str, &str, &str); 28] = [
    (
        "[defaults]",
        "[default]",
        "2: [default]: unknown field `default`",
    ),
    (
        "told =",
        "tells =",
        "4: tells = [\"TABLE\"]: unknown field `tells`",
    ),
    (
        "[defaults]",
        "[defaults]\nname = \"a\"",
        "3: name = \"a\": no function",
    ),
    (
        "program = \"sh\"\n",
        "",
        "5: [[function]]: its program is missing",
    ),
    ("\"sh\"", "\"shhh\"", "3: program = \"shhh\": no program"),
    (
        "\"sh\"",
        "\"./shhh\"",
        "3: program = \"./shhh\": no program",
    ),
    (
        "\"sh\"",
        "\"../../etc/passwd\"",
        "3: program = \"../../etc/passwd\": no program",
    ),
    (
        "name = \"show\"\n",
        "",
        "6: [[function]]: its name is missing",
    ),
    ("900", "901", "9: timeout = 901: it is 1 to 900"),
    ("900", "0", "9: timeout = 0: it is 1 to 900"),
    ("900", "-1", "9: timeout = -1: invalid value: integer `-1`"),
    (
        "timeout = 900",
        "memory = 63",
        "9: memory = 63: it is 64 to 10240",
    ),
    (
        "timeout = 900",
        "limit = 0",
        "9: limit = 0: it is 1 to 1000",
    ),
    ("timeout = 900", "idle = 0", "9: idle = 0: it is 1 to 3600"),
    (
        "timeout = 900",
        "timeout = \"3\"",
        "9: timeout = \"3\": invalid type",
    ),
    (
        "GET /",
        "FETCH /",
        "13: route = \"FETCH /pets/{id}\": it is a method and a path",
    ),
    (
        "GET /",
        "GET ",
        "13: route = \"GET pets/{id}\": it is a method and a path",
    ),
    ("{id}", "{id", "13: route = \"GET /pets/{id\": "),
    (
        "function = \"show\"\n\n[[rule]]",
        "function = \"shw\"\n\n[[rule]]",
        "14: function = \"shw\": there is no such function",
    ),
    (
        "[[route]]",
        "[[function]]\nname = \"show\"\n[[route]]",
        "13: name = \"show\": another function has this name",
    ),
    (
        "[[route]]",
        "[[function]]\nname = \"idle\"\n[[route]]",
        "13: name = \"idle\": no route and no rule leads to it",
    ),
    (
        "[[rule]]",
        "[[route]]\nroute = \"GET /pets/{id}\"\nfunction = \"show\"\n[[rule]]",
        "17: route = \"GET /pets/{id}\": it is there twice",
    ),
    (
        "[[rule]]",
        "[[route]]\nroute = \"GET /pets/{name}\"\nfunction = \"show\"\n[[rule]]",
        "17: route = \"GET /pets/{name}\": ",
    ),
    (
        "[[rule]]",
        "[[rule]]\nname = \"all\"\npattern = {a = [1]}\nfunction = \"show\"\n[[rule]]",
        "21: name = \"all\": another rule has this name",
    ),
    (
        "[\"shop\"]",
        "\"shop\"",
        "18: pattern = { source = \"shop\" }: invalid pattern",
    ),
    (
        "[\"shop\"]",
        "[{ before = 1 }]",
        "18: pattern = { source = [{ before = 1 }] }: ",
    ),
    (
        "{ source = [\"shop\"] }",
        "{}",
        "18: pattern = {}: it is empty",
    ),
    ("name = \"all\"", "name = \"all", "17: name = \"all: "),
];

#[test]
fn what_is_wrong_is_named_with_its_place() -> Result<()> {
    for (old, new, due) in WRONG {
        ensure!(SMALL.contains(old), "{old:?} is not there");
        let wrong = SMALL.replacen(old, new, 1);
        let Err(Faults(faults)) = read(&wrong) else {
            panic!("{new:?} is not refused");
        };
        let due = format!("shop/functions.toml:{due}");
        let named = faults.iter().any(|fault| fault.starts_with(&due));
        assert!(named, "{due}\n{faults:#?}");
        assert!(
            faults.iter().all(|fault| !fault.contains('\n')),
            "{faults:#?}"
        );
    }
    Ok(())
}

#[test]
fn all_that_is_wrong_is_named_at_once() {
    let wrong = SMALL.replace("900", "0").replace("GET", "FETCH");
    let Err(Faults(faults)) = read(&wrong) else {
        panic!("it is not refused");
    };
    assert_eq!(faults.len(), 2, "{faults:#?}");
}

#[test]
fn the_shops_own_table_has_nothing_wrong_but_programs_that_are_elsewhere() -> Result<()> {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/ch04-functions/functions.toml");
    let programs = Path::new(env!("CARGO_BIN_EXE_ch04-functions")).parent();
    let table = Table::read(&file, programs.unwrap_or(Path::new("/")))?;
    assert_eq!(table.functions.len(), 13);
    Ok(())
}

#[test]
fn a_table_that_is_not_there_is_named() {
    let Err(Faults(faults)) = Table::read(Path::new("/nowhere/f.toml"), Path::new("/")) else {
        panic!("it is there");
    };
    assert_eq!(
        faults,
        ["/nowhere/f.toml: No such file or directory (os error 2)"]
    );
}
