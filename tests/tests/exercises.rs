//! Who works at an exercise gets a starter, is told how it went, and can begin again.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context, Result};
use book::exercise::{self, Number};
use book::workspace::Workspace;
use less_to_run_tests::programs;
use less_to_run_tests::session::attempt::{self, Checked};
use less_to_run_tests::small_book::SmallBook;

const PAGE: &str = r#"# The first page

```console
$ export WHO=Ada
```

<details class="exercise"><summary>★ Who is greeted?</summary>

```console
$ echo "hello $WHO"
hello Ada
$ test "$WHO" = Ben
? 1
```
</details>

<details class="exercise"><summary>★★ What is <code>2 * 21</code>?</summary>

{{#listing ../chapters-code/ch01-small/examples/exercise_twice.rs:twice badge=runs}}

```console
$ cargo run -q -p ch01-small --example exercise_twice
42
```
</details>
"#;

const ANSWER: &str = r#"//! Exercise: it is doubled.

fn main() {
    println!("{}", twice(21));
}

// ANCHOR: twice
fn twice(number: u8) -> u8 {
    number * 2
}
// ANCHOR_END: twice
"#;

fn small_book() -> Result<SmallBook> {
    let book = SmallBook::new()?;
    book.write("book/ch01-small.md", PAGE)?;
    book.write("book/redactions.toml", "")?;
    book.write(
        "chapters-code/ch01-small/examples/exercise_twice.rs",
        ANSWER,
    )?;
    Ok(book)
}

fn run(book: &SmallBook, arguments: &[&str]) -> Result<Output> {
    let mut command = Command::new(programs::book());
    command.args(arguments).env("BOOK_ROOT", book.root());
    command.output().context("the program runs")
}

fn printed(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&text).into_owned()
}

const PREDICT: &str = "exercises/1.1.md";
const WRITE: &str = "chapters-code/ch01-small/examples/your_twice.rs";

#[test]
fn all_exercises_are_listed() -> Result<()> {
    let book = small_book()?;
    let output = run(&book, &["exercise"])?;
    assert_eq!(
        printed(&output),
        "1.1   ★   predict Who is greeted?\n\
         1.2   ★★  write   What is `2 * 21`?\n\n\
         `cargo book exercise 1.1` gives you one to work at.\n"
    );
    for (arguments, expected) in [
        (
            &["exercise", "2"][..],
            "error: chapter 2 has no exercises\n",
        ),
        (
            &["exercise", "1.3"],
            "error: there is no exercise 1.3: chapter 1 has 1.1 to 1.2\n",
        ),
        (
            &["exercise", "7.1"],
            "error: there is no exercise 7.1: chapter 7 has none\n",
        ),
        (
            &["exercise", "--check"],
            "error: one exercise is checked at a time: cargo book exercise 2.4 --check\n",
        ),
    ] {
        let output = run(&book, arguments)?;
        assert_eq!(
            (printed(&output).as_str(), output.status.code()),
            (expected, Some(2))
        );
    }
    Ok(())
}

#[test]
fn what_somebody_has_written_is_left_alone() -> Result<()> {
    let book = small_book()?;
    let output = run(&book, &["exercise", "1.2"])?;
    assert!(printed(&output).contains(&format!("{WRITE} is made\nexercises/1.2.md is made\n")));
    let program = fs::read_to_string(book.path(WRITE))?;
    assert!(
        program.contains("todo!(\"this is the exercise\")") && !program.contains("number * 2"),
        "{program}"
    );
    book.write(WRITE, "// mine\n")?;
    let output = run(&book, &["exercise", "1.2"])?;
    assert!(printed(&output).contains(&format!("{WRITE} is there already, and stays as it is\n")));
    assert_eq!(fs::read_to_string(book.path(WRITE))?, "// mine\n");
    Ok(())
}

fn checked(book: &SmallBook, number: &str) -> Result<Checked> {
    let number: Number = number.parse().map_err(anyhow::Error::msg)?;
    attempt::check(&Workspace::at(book.root())?, number)
}

#[test]
fn what_somebody_expects_is_put_to_the_page() -> Result<()> {
    let book = small_book()?;
    let error = checked(&book, "1.1").unwrap_err().to_string();
    assert_eq!(
        error,
        "there is no exercises/1.1.md yet: cargo book exercise 1.1"
    );
    run(&book, &["exercise", "1.1"])?;
    let as_given = "exercises/1.1.md is as you got it: write below each command what you expect";
    assert_eq!(checked(&book, "1.1").unwrap_err().to_string(), as_given);
    // Nothing is compiled for that.
    let output = run(&book, &["exercise", "1.1", "--check"])?;
    assert_eq!(
        (printed(&output), output.status.code()),
        (format!("error: {as_given}\n"), Some(2))
    );

    let ada = "hello $WHO\"\n";
    book.replace(PREDICT, ada, "hello $WHO\"\nhello Ben\n")?;
    let Checked::Differs(told) = checked(&book, "1.1")? else {
        panic!("Ada is greeted");
    };
    let line = 1 + fs::read_to_string(book.path(PREDICT))?
        .lines()
        .position(|line| line.starts_with("$ echo"))
        .context("it is on the sheet")?;
    assert!(told.starts_with(&format!("{PREDICT}:{line}: ")), "{told}");
    assert!(
        told.contains("hello Ben") && told.contains("hello Ada"),
        "{told}"
    );

    assert!(told.contains("---- expected: the sheet\n"), "{told}");
    book.replace(PREDICT, "hello Ben", "hello [..]")?;
    book.replace(PREDICT, "= Ben\n", "= Ben\n? 1\n")?;
    let Checked::Well(told) = checked(&book, "1.1")? else {
        panic!("it is as expected");
    };
    assert_eq!(
        told,
        "It is as you say. What we make of it is folded at the end of book/ch01-small.md, on line 7."
    );

    book.replace(PREDICT, "$ test", "$ ! test")?;
    let error = checked(&book, "1.1").unwrap_err().to_string();
    assert!(
        error.starts_with(&format!(
            "{PREDICT}:7: the commands have to stay as they are"
        )),
        "{error}"
    );
    Ok(())
}

#[test]
fn a_page_that_fails_before_is_not_blamed_on_anybody() -> Result<()> {
    let book = small_book()?;
    run(&book, &["exercise", "1.1"])?;
    book.replace(PREDICT, "hello $WHO\"\n", "hello $WHO\"\nhello Ada\n")?;
    book.replace(
        "book/ch01-small.md",
        "$ export WHO=Ada",
        "$ export WHO=Ada; false",
    )?;
    let Checked::Differs(told) = checked(&book, "1.1")? else {
        panic!("the page fails");
    };
    let expected = "The page does not run as far as to the exercise:\n\nbook/ch01-small.md:4: ";
    assert!(told.starts_with(expected), "{told}");
    Ok(())
}

#[test]
fn a_program_is_run_in_the_answer_s_place() -> Result<()> {
    let book = small_book()?;
    run(&book, &["exercise", "1.2"])?;
    let error = checked(&book, "1.2").unwrap_err().to_string();
    assert_eq!(
        error,
        format!("{WRITE} is as you got it: write what is missing")
    );
    let missing = "todo!(\"this is the exercise\")";
    book.replace(WRITE, missing, "number.twice()")?;
    let Checked::Differs(told) = checked(&book, "1.2")? else {
        panic!("it does not compile");
    };
    assert!(told.contains("E0599") && told.contains(WRITE), "{told}");
    assert!(!told.contains("The page does not run"), "{told}");
    book.replace(WRITE, "number.twice()", "number + 2")?;
    let Checked::Differs(told) = checked(&book, "1.2")? else {
        panic!("it is 23");
    };
    assert!(
        told.contains("exercises/1.2.md:") && told.contains("23"),
        "{told}"
    );
    book.replace(WRITE, "number + 2", "number + number")?;
    assert!(matches!(checked(&book, "1.2")?, Checked::Well(_)));
    Ok(())
}

fn git(folder: &Path, arguments: &[&str]) -> Result<String> {
    let output = Command::new("git")
        .args(["-c", "user.name=A", "-c", "user.email=a@example.com", "-C"])
        .arg(folder)
        .args(arguments)
        .output()?;
    anyhow::ensure!(
        output.status.success(),
        "git {arguments:?}: {}",
        printed(&output)
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn a_chapter_is_put_back_and_nothing_is_lost() -> Result<()> {
    let book = small_book()?;
    let root = book.root();
    book.write(
        ".gitignore",
        "/target\n/exercises\n/shop\n/chapters-code/*/examples/your_*.rs\n",
    )?;
    book.write("chapters-code/ch02-other/src/lib.rs", "\n")?;
    git(root, &["init", "-q"])?;
    let refused = run(&book, &["reset", "1"])?;
    assert_eq!(refused.status.code(), Some(2), "{}", printed(&refused));
    git(root, &["add", "-A"])?;
    git(root, &["commit", "-q", "-m", "as it was"])?;
    let nothing = printed(&run(&book, &["reset", "1"])?);
    assert_eq!(
        nothing,
        "Chapter 1 is as in the last commit, and there is no data.\n"
    );

    let main = "chapters-code/ch01-small/src/main.rs";
    let before = fs::read_to_string(book.path(main))?;
    book.write(main, "fn main() {}\n")?;
    book.write("chapters-code/ch01-small/src/mine.rs", "// mine\n")?;
    book.write(
        "chapters-code/ch02-other/src/lib.rs",
        "// of another chapter\n",
    )?;
    book.write("shop/journal", "Gustav\n")?;
    book.write("target/kept", "it took long to make\n")?;
    for number in ["1.1", "1.2"] {
        run(&book, &["exercise", number])?;
    }
    let output = run(&book, &["reset", "1"])?;
    assert_eq!(output.status.code(), Some(0), "{}", printed(&output));
    assert_eq!(fs::read_to_string(book.path(main))?, before);
    assert_eq!(
        git(root, &["status", "--short"])?,
        " M chapters-code/ch02-other/src/lib.rs\n"
    );
    let kept = "exercises/kept/chapter-1-1";
    for (file, there) in [
        ("chapters-code/ch01-small/src/mine.rs", "// mine\n"),
        ("shop/journal", "Gustav\n"),
        (PREDICT, "hello $WHO"),
        (WRITE, "todo!"),
    ] {
        assert!(!book.path(file).exists(), "{file}");
        let text = fs::read_to_string(book.path(kept).join(file)).context(file)?;
        assert!(text.contains(there), "{file}: {text}");
    }
    assert!(book.path("target/kept").exists());

    fs::remove_dir_all(book.path("chapters-code/ch01-small"))?;
    run(&book, &["reset", "1"])?;
    assert_eq!(fs::read_to_string(book.path(main))?, before);

    git(root, &["apply", &format!("{kept}/changes.patch")])?;
    assert_eq!(fs::read_to_string(book.path(main))?, "fn main() {}\n");
    run(&book, &["reset", "1"])?;
    assert!(
        book.path("exercises/kept/chapter-1-3/changes.patch")
            .exists()
    );
    Ok(())
}

#[test]
fn every_exercise_of_the_book_has_a_starter() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let exercises = exercise::all(&Workspace::at(&root)?)?;
    assert!(exercises.len() > 50);
    for exercise in exercises {
        let number = exercise.number;
        let page = fs::read_to_string(root.join(&exercise.page))?;
        let sheet = exercise.sheet(&page);
        let attempt = exercise.attempt(&page, &sheet);
        attempt.map_err(|faults| anyhow::anyhow!("{number}: {faults:?}"))?;
        if let Some(program) = &exercise.program {
            let answer = fs::read_to_string(root.join(program.answer()))?;
            let starter = program.starter(&answer, &exercise.plain_question())?;
            assert!(starter.contains("todo!"), "{number}");
        }
    }
    Ok(())
}
