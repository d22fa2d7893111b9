//! The programs of the tests that come from `PyPI`: each in a virtual environment of its own below `target/tools/`.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::fetch::{Bring, succeed};
use super::tools;
use crate::workspace::Workspace;

/// Brings those that are not there as their files ask for them: the versions of all that each consists of.
pub(super) fn programs(workspace: &Workspace, bring: &Bring) -> Result<()> {
    let contract = "tests/contract/requirements.txt";
    program(workspace, "schemathesis", contract, bring)?;
    program(workspace, "hadolint", "tests/platform/hadolint.txt", bring)?;
    let cargo_lambda = "tests/lambda/cargo-lambda.txt";
    program(workspace, "cargo-lambda", cargo_lambda, bring)?;
    program(
        workspace,
        "moto_server",
        "tests/event-store/moto.txt",
        bring,
    )?;
    of_pages(workspace, bring)
}

/// Brings those that pages run: the one without which there is no platform, and the linter of templates.
pub(super) fn of_pages(workspace: &Workspace, bring: &Bring) -> Result<()> {
    program(workspace, "honcho", "tests/platform/honcho.txt", bring)?;
    program(workspace, "cfn-lint", "tests/lambda/cfn-lint.txt", bring)
}

fn program(workspace: &Workspace, name: &str, requirements: &str, bring: &Bring) -> Result<()> {
    let asked = workspace.root().join(requirements);
    let folder = tools::fetched(workspace.root(), name);
    // Written when everything was there, so half an installation is done again.
    let done = folder.join("requirements.txt");
    let Ok(wanted) = fs::read(&asked) else {
        return Ok(());
    };
    if fs::read(&done).is_ok_and(|there| there == wanted) {
        return Ok(());
    }
    println!("Bringing {name} (pip install in target/tools/{name})");
    let outcome = match tools::on_path("python3") {
        None => Err(format!(
            "python3 is not on this machine; to install it: {}",
            tools::how_to_get("python3")
        )),
        Some(python) => {
            let mut environment = Command::new(python);
            environment.args(["-m", "venv", "--clear"]).arg(&folder);
            let mut pip = Command::new(folder.join("bin/python"));
            pip.args(["-m", "pip", "install", "--quiet", "--no-input"])
                .args(["--disable-pip-version-check", "--requirement"])
                .arg(&asked);
            succeed(environment, "python3 -m venv")
                .map_err(|error| format!("{error}: {}", tools::how_to_get("python3")))
                .and_then(|()| succeed(pip, "pip install").map_err(|error| error.to_string()))
        }
    };
    match (outcome, bring) {
        (Ok(()), _) => fs::write(&done, wanted)
            .with_context(|| format!("{} cannot be written", done.display())),
        (Err(why), Bring::Must) => bail!("{why}"),
        (Err(why), Bring::Can) => {
            println!("{why}. The tests that need it will say that they were skipped.");
            Ok(())
        }
    }
}
