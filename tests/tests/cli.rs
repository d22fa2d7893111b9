//! The `book` program as its user sees it.

use std::fs;
use std::io;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};

use anyhow::Result;
use less_to_run_tests::programs;
use less_to_run_tests::small_book::SmallBook;
use tempfile::TempDir;

/// A user whom every system has and who owns nothing.
const NOBODY: u32 = 65_534;

#[test]
fn what_it_prints_is_what_the_cases_say() -> Result<()> {
    let book = SmallBook::new()?;
    trycmd::TestCases::new()
        .register_bin("book", programs::book())
        .env("BOOK_ROOT", book.root().to_string_lossy())
        .env("COLUMNS", "100")
        .case("tests/cmd/*.trycmd");
    Ok(())
}

#[test]
fn outside_of_a_clone_it_says_where_it_looked() -> Result<()> {
    let elsewhere = TempDir::new()?;
    let output = Command::new(programs::book())
        .arg("build")
        .current_dir(elsewhere.path())
        .env_remove("BOOK_ROOT")
        .output()?;
    let here = elsewhere.path().canonicalize()?.display().to_string();
    assert_refused(
        &output,
        &format!("error: no book.toml in {here} or a folder above it"),
    );
    Ok(())
}

#[test]
fn a_busy_port_that_is_insisted_on_is_refused() -> Result<()> {
    let book = SmallBook::new()?;
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let port = taken.local_addr()?.port().to_string();
    for arguments in [
        ["serve", "--port", &port].as_slice(),
        &["run", "1", "--port", &port],
    ] {
        let output = run(&book, arguments)?;
        let expected = format!("error: port {port} cannot be had ");
        assert_refused(&output, &expected);
    }
    Ok(())
}

#[test]
fn whoever_reads_a_list_may_stop_when_it_is_enough() -> Result<()> {
    for list in ["bill", "exercise", "doctor", "help"] {
        let (reader, writer) = io::pipe()?;
        drop(reader);
        let output = Command::new(programs::book())
            .arg(list)
            .env("BOOK_ROOT", programs::root())
            .stdout(writer)
            .output()?;
        assert!(output.status.success(), "{list}: {output:?}");
        assert_eq!(stderr(&output), "", "{list}");
    }
    Ok(())
}

#[test]
fn a_built_book_is_replaced_and_anything_else_is_left_alone() -> Result<()> {
    let book = SmallBook::new()?;
    book.write("site/index.html", "mine")?;
    let site = book.path("site").display().to_string();
    let output = run(&book, &["build", "--dest", &site])?;
    assert_refused(&output, &format!("error: {site} holds something"));
    assert_eq!(fs::read_to_string(book.path("site/index.html"))?, "mine");

    fs::remove_file(book.path("site/index.html"))?;
    for _ in 0..2 {
        let output = run(&book, &["build", "--dest", &site])?;
        assert!(output.status.success(), "{output:?}");
        assert!(fs::read_to_string(book.path("site/index.html"))?.contains("The first page"));
    }
    let left = names(book.root())?;
    assert!(left.iter().all(|name| !name.starts_with('.')), "{left:?}");
    Ok(())
}

#[test]
fn a_built_book_holds_pages_and_pictures_and_no_sources() -> Result<()> {
    let book = SmallBook::new()?;
    book.write(
        "book/ladder.svg",
        "<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
    )?;
    for source in ["labels.toml", "measured/ch01.json", "theme/notes.txt"] {
        book.write(&format!("book/{source}"), "")?;
    }
    let output = run(&book, &["build"])?;
    assert!(output.status.success(), "{output:?}");
    let left = names(&book.path("target/book"))?;
    assert!(left.iter().any(|name| name == "ladder.svg"), "{left:?}");
    for source in ["labels.toml", "measured", "theme", "ch01-small.md"] {
        assert!(!left.iter().any(|name| name == source), "{source}");
    }
    Ok(())
}

#[test]
fn pages_that_cannot_be_built_leave_the_book_that_was_there() -> Result<()> {
    let book = SmallBook::new()?;
    assert!(run(&book, &["build"])?.status.success());
    book.replace("book/SUMMARY.md", "ch01-small.md", "gone.md")?;
    let output = run(&book, &["build"])?;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(stderr(&output).contains("gone.md"), "{output:?}");
    let site = fs::read_to_string(book.path("target/book/ch01-small.html"))?;
    assert!(site.contains("It has a sentence."));
    Ok(())
}

#[test]
fn what_mdbook_only_warns_of_is_a_failure_here() -> Result<()> {
    let book = SmallBook::new()?;
    book.replace("book/ch01-small.md", "It has", "<div>\n\nIt has")?;
    let output = run(&book, &["build"])?;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(stderr(&output).contains("unclosed HTML tag"), "{output:?}");
    Ok(())
}

#[test]
fn folders_that_cannot_be_written_are_named() -> Result<()> {
    let book = SmallBook::new()?;
    // Root may write anything, so somebody else has to try, with a program that he can reach.
    let program = book.path("the-book-program");
    // By another process: were the copy written by this one, a program that another test starts in this moment
    // would hold it open for writing, and it could not be run.
    let copied = Command::new("cp")
        .arg(programs::book())
        .arg(&program)
        .status()?;
    assert!(copied.success());
    fs::set_permissions(book.root(), fs::Permissions::from_mode(0o555))?;
    let summary = book.path("book/SUMMARY.md");
    fs::set_permissions(&summary, fs::Permissions::from_mode(0o444))?;
    let try_as_somebody = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command
            .args(arguments)
            .env("BOOK_ROOT", book.root())
            .current_dir("/");
        if rustix::process::geteuid().is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        command.output()
    };
    let root = book.root().canonicalize()?.display().to_string();
    let built = try_as_somebody(&["build"])?;
    let updated = try_as_somebody(&["update"])?;
    fs::set_permissions(book.root(), fs::Permissions::from_mode(0o755))?;
    assert_refused(
        &built,
        &format!("error: {root}/target cannot be written: Permission denied"),
    );
    assert_refused(
        &updated,
        &format!("error: {root}/book/SUMMARY.md cannot be written: Permission denied"),
    );
    Ok(())
}

#[test]
fn the_doctor_says_how_to_install_what_is_missing() -> Result<()> {
    let book = SmallBook::new()?;
    let path = TempDir::new()?;
    for tool in ["cargo", "cc"] {
        symlink(found(tool), path.path().join(tool))?;
    }
    // That a system has pacman is seen by the program alone; it is not started.
    fs::write(path.path().join("pacman"), "")?;
    fs::set_permissions(
        path.path().join("pacman"),
        fs::Permissions::from_mode(0o755),
    )?;
    let output = Command::new(programs::book())
        .arg("doctor")
        .env("BOOK_ROOT", book.root())
        .env("PATH", path.path())
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(text.contains("pacman -S jq\n"), "{text}");
    assert!(!text.contains("pacman -S gcc"), "{text}");

    book.replace("Cargo.toml", "1.85", "99.1")?;
    let output = Command::new(programs::book())
        .arg("doctor")
        .env("BOOK_ROOT", book.root())
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(
        text.contains("needs 99.1 or later: rustup update stable"),
        "{text}"
    );
    Ok(())
}

fn run(book: &SmallBook, arguments: &[&str]) -> Result<Output> {
    let output = Command::new(programs::book())
        .args(arguments)
        .env("BOOK_ROOT", book.root())
        .output()?;
    Ok(output)
}

fn assert_refused(output: &Output, beginning: &str) {
    let stderr = stderr(output);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(stderr.starts_with(beginning), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn names(folder: &Path) -> Result<Vec<String>> {
    fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect()
}

/// The file that runs when `tool` is typed here.
fn found(tool: &str) -> std::path::PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join(tool))
        .find(|file| file.is_file())
        .unwrap_or_else(|| panic!("{tool} is on the PATH of whoever runs cargo"))
}
