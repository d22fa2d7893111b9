//! Lines: of the functions, of the host, and of what says which function is for what.

use std::path::{Path, PathBuf};

use anyhow::Result;
use book::measured::Measured;

use super::{Programs, TABLE};
use crate::ledger::crates::Features;
use crate::ledger::lines::{Lines, of_configuration, rust_files};

/// The modules of the library that the functions' programs are made of, and those programs. The rest is the host.
const FUNCTIONS: [&str; 6] = ["bin", "counter", "events", "office", "request", "runtime"];

/// The events that functions are told of, as people and tests read them.
const CATALOGUE: &str = "tests/catalogue";

/// Counts them as the ledger does, but for what earlier chapters have written.
pub fn count(programs: &Programs, file: &mut Measured) -> Result<()> {
    let src = programs.root.join("chapters-code/ch04-functions/src");
    let (functions, host): (Vec<PathBuf>, Vec<PathBuf>) = rust_files(&src)?
        .into_iter()
        .partition(|path| is_of_functions(&src, path));
    let features = Features::from(["default".to_owned(), "host".to_owned()]);
    for (key, files, what) in [
        (
            "functions_lines",
            functions,
            "lines of chapter 4’s functions, without their tests",
        ),
        (
            "host_lines",
            host,
            "lines of the function host, without its tests",
        ),
    ] {
        let lines = Lines::of_files(&files, &features)?.code;
        file.put(key, number(lines), "lines", what);
    }
    for (key, path, what) in [
        ("table_lines", TABLE, "lines of the table of functions"),
        (
            "catalogue_lines",
            CATALOGUE,
            "lines of the catalogue of events, with its examples and what was recorded",
        ),
    ] {
        let lines = of_configuration(&programs.root.join(path))?;
        file.put(key, number(lines), "lines", what);
    }
    Ok(())
}

fn is_of_functions(src: &Path, path: &Path) -> bool {
    let inside = path.strip_prefix(src).unwrap_or(path);
    let first = inside.components().next();
    let first = first.map(|part| part.as_os_str().to_string_lossy().into_owned());
    first.is_some_and(|first| FUNCTIONS.contains(&first.trim_end_matches(".rs")))
}

#[allow(clippy::cast_precision_loss, reason = "fewer than 2^53")]
fn number(lines: u64) -> f64 {
    lines as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_function_is_made_of_is_no_part_of_the_host() {
        let src = Path::new("/src");
        for (path, is_function) in [
            ("/src/counter.rs", true),
            ("/src/office/papers.rs", true),
            ("/src/bin/shop-counter.rs", true),
            ("/src/pool.rs", false),
            ("/src/runtime_api.rs", false),
            ("/src/lib.rs", false),
        ] {
            assert_eq!(is_of_functions(src, Path::new(path)), is_function, "{path}");
        }
    }
}
