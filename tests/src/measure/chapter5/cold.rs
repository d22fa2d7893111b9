//! The first answer of a function that did not run, beside that of the least function that there can be.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use book::measured::{Cell, Measured};
use serde_json::Value;

use super::function::{Function, Took, request};
use super::{Desk, Programs};
use crate::measure::chapter4::{table, words};
use crate::measure::rounds::Rounds;

/// Starts of each function, in turns, so that whatever else the machine does hits all alike.
const ROUNDS: usize = 40;

/// How many times the time of the least function a first answer may take that has read an item.
const BUDGET: f64 = 3.0;

/// Those that have to keep it.
const KEEPERS: [&str; 4] = ["show", "show_tls", "eager", "eager_tls"];

/// Where systems have the certificates of all who vouch for servers.
const SYSTEM: &str = "/etc/ssl/certs/ca-certificates.crt";

struct Kind {
    key: &'static str,
    words: &'static str,
    function: Function,
}

/// What a function took, over all rounds.
#[derive(Debug, Default, Clone)]
pub struct Times {
    init: Rounds,
    whole: Rounds,
}

impl Times {
    fn add(&mut self, took: &Took) {
        self.init.add(took.init());
        self.whole.add(took.whole());
    }
}

/// Fills the table `cold`.
///
/// # Errors
///
/// When a function takes longer than the budget allows, or does not answer.
pub(super) fn first_answers(programs: &Programs, file: &mut Measured) -> Result<()> {
    let desk = Desk::open(programs)?;
    let kinds = kinds(programs, &desk)?;
    let event = request("GET", "/pets/{id}", &desk.pet, None);
    let mut times = vec![Times::default(); kinds.len()];
    for round in 0..=ROUNDS {
        if round % 10 == 0 {
            eprintln!("cold functions, round {round} of {ROUNDS} (the first is not counted)");
        }
        for (kind, times) in kinds.iter().zip(&mut times) {
            let took = kind.function.first(&event).context(kind.words)?;
            ensure!(
                kind.key == "empty" || has_read(&took.answer),
                "{}: no pet in {}",
                kind.words,
                took.answer
            );
            if round > 0 {
                times.add(&took);
            }
        }
    }
    put(&kinds, &times, file);
    Ok(())
}

fn kinds(programs: &Programs, desk: &Desk) -> Result<Vec<Kind>> {
    let (plain, tls) = (desk.plain(), &desk.encrypted);
    let empty = programs.shops.example("empty_function");
    let lambda = programs.shops.shop("lambda-counter");
    let eager = programs.shops.example("eager");
    let chapter4 = programs.shops.shop("shop-counter");
    let show = |program: &Path, url: &str| Function::new(program.to_owned(), "show", url);
    let kind = |key, words, function| Kind {
        key,
        words,
        function,
    };
    let by_tls = |program| show(program, &tls.url).believing(&tls.authority);
    let mut kinds = vec![
        kind(
            "empty",
            "a function that does nothing",
            show(&empty, &plain),
        ),
        kind(
            "show",
            "the function that shows a pet",
            show(&lambda, &plain),
        ),
        kind("show_tls", "the same, by TLS", by_tls(&lambda)),
        kind(
            "eager",
            "one that has called before its first event",
            show(&eager, &plain),
        ),
        kind("eager_tls", "the same, by TLS", by_tls(&eager)),
        kind(
            "chapter_4",
            "chapter 4’s, with the system’s certificates",
            show(&chapter4, &plain),
        ),
    ];
    if fs::exists(SYSTEM)? {
        let all = show(&lambda, &plain).with("AWS_CA_BUNDLE", SYSTEM);
        kinds.push(kind(
            "all_roots",
            "chapter 5’s, with the system’s certificates",
            all,
        ));
    }
    Ok(kinds)
}

/// Whether this is a pet, as the gateway gets it from a function.
fn has_read(answer: &Value) -> bool {
    answer["statusCode"] == 200
        && answer["body"]
            .as_str()
            .is_some_and(|body| body.contains("Gustav"))
}

fn put(kinds: &[Kind], times: &[Times], file: &mut Measured) {
    let least = times[0].whole.median();
    let mut rows = Vec::new();
    for (
        Kind {
            key, words: what, ..
        },
        Times { init, whole },
    ) in kinds.iter().zip(times)
    {
        let ratio = whole.median() / least;
        let by = if key.ends_with("_tls") {
            ", by TLS"
        } else {
            ""
        };
        let of = format!("median of {ROUNDS} starts of `{key}`{by}");
        file.put(
            &format!("cold_{key}_init_ms"),
            init.median(),
            "ms",
            &format!("from a process’s start to its first question, {of}"),
        );
        file.put(
            &format!("cold_{key}_ms"),
            whole.median(),
            "ms",
            &format!("from a process’s start to its first answer, {of}"),
        );
        file.put(
            &format!("cold_{key}_times"),
            ratio,
            "×",
            &format!(
                "the first answer of `{key}`, as a multiple of that of a function that does nothing"
            ),
        );
        rows.push(vec![
            words(what),
            Cell::Number(init.median()),
            Cell::Number(whole.median()),
            Cell::Number(ratio),
        ]);
    }
    let columns = [
        ("Function", ""),
        ("First question", "ms"),
        ("First answer", "ms"),
        ("As a multiple", "×"),
    ];
    let note = format!(
        "From the moment before the process is started, {ROUNDS} starts of each in turns, medians. But for the first, the answer is a pet from a DynamoDB on \
         this machine, where the way there takes no time. TLS is that of AWS in kind: a chain of three certificates of RSA, here of an authority of our own. No name is looked up."
    );
    file.tables.insert(
        "cold".to_owned(),
        table(
            "The first answer of a function that did not run",
            &columns,
            rows,
            &note,
        ),
    );
}

/// Whether all that have to keep the budget do.
///
/// # Errors
///
/// When one does not, or was not measured.
pub fn within_budget(file: &Measured) -> Result<()> {
    for key in KEEPERS {
        let times = file.values.get(&format!("cold_{key}_times"));
        let times = times
            .with_context(|| format!("`{key}` was not measured"))?
            .value;
        ensure!(
            times <= BUDGET,
            "a first answer that has read an item may take {BUDGET} times as long as that of a function that does nothing, and that of `{key}` \
             takes {times:.2} times as long"
        );
    }
    Ok(())
}

/// First answers of `show` by TLS, of each of these programs, in turns.
///
/// # Errors
///
/// When one does not answer.
pub(in crate::measure) fn of_programs(
    programs: &Programs,
    paths: &[PathBuf],
    rounds: usize,
) -> Result<Vec<Rounds>> {
    let desk = Desk::open(programs)?;
    let event = request("GET", "/pets/{id}", &desk.pet, None);
    let tls = &desk.encrypted;
    let mut answers = vec![Rounds::default(); paths.len()];
    for round in 0..=rounds {
        for (path, answers) in paths.iter().zip(&mut answers) {
            let function = Function::new(path.clone(), "show", &tls.url);
            let took = function.believing(&tls.authority).first(&event)?;
            ensure!(has_read(&took.answer), "no pet in {}", took.answer);
            if round > 0 {
                answers.add(took.whole());
            }
        }
    }
    Ok(answers)
}
