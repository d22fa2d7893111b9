//! The programs of a rung, built.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use book::bill;
use book::workspace::Workspace;
use cargo_metadata::Message;

use super::Declared;
use crate::promises::Rung;
use crate::promises::rung::Till;
use crate::whole;

impl Declared {
    /// Builds the rung's programs and describes it for the suite.
    ///
    /// # Errors
    ///
    /// When they do not build.
    pub fn build(&self, workspace: &Workspace) -> Result<Rung> {
        let built = self.executables(workspace, &self.with_a_bug)?;
        let program = |name: &str| {
            let found = built.get(name).cloned();
            let package = self.host.as_ref().unwrap_or(&self.package);
            found.with_context(|| format!("cargo built no program {name} of {package}"))
        };
        self.described(workspace, program(&self.bin)?, program(&self.with_a_bug)?)
    }

    /// Describes the rung for the suite, with programs that are built.
    ///
    /// # Errors
    ///
    /// When nobody has declared what it costs.
    pub fn described(
        &self,
        workspace: &Workspace,
        program: PathBuf,
        with_a_bug: PathBuf,
    ) -> Result<Rung> {
        Ok(Rung {
            number: self.number,
            with_a_bug,
            env: (self.env.iter())
                .map(|(name, text)| (name.clone(), workspace.told(text)))
                .collect(),
            staff_key: self.staff_key.clone(),
            messages: self.messages.clone(),
            till: self.till.clone().map(|till| Till {
                provider: program.with_file_name(till.provider),
                ..till
            }),
            disk: self.disk.clone(),
            elsewhere: self.elsewhere.clone(),
            database: self.database,
            release: self.release.clone(),
            second_instance: self.second_instance,
            kills: if self.persistence_changed { 200 } else { 20 },
            lists_are_late: self.lists_are_late,
            kill_within: Duration::from_millis(self.kill_within),
            made_again: self.made_again.clone(),
            loops: self.loops.max(more_than_processors()),
            forget: self.forget.clone(),
            backup: self.backup.clone(),
            restore: self.restore.clone(),
            idle_month: (!self.is_draft)
                .then(|| bill::idle_month(workspace, self.number))
                .transpose()?,
            golden: self.golden.as_ref().map(|path| workspace.root().join(path)),
            program,
        })
    }

    /// The rung with a Cargo example of its package in the place of its program.
    ///
    /// # Errors
    ///
    /// When it does not build.
    pub fn build_example(&self, workspace: &Workspace, example: &str) -> Result<Rung> {
        let built = self.executables(workspace, example)?;
        let program = built.get(example).cloned();
        let program = program
            .with_context(|| format!("cargo built no example {example} of {}", self.package))?;
        Ok(Rung {
            program,
            ..self.build(workspace)?
        })
    }

    /// The package that has this example: the rung's own, or one beside it.
    pub(in crate::promises) fn with_example(
        &self,
        workspace: &Workspace,
        example: &str,
    ) -> &String {
        let chapters = workspace.root().join("chapters-code");
        let has = |package: &&String| {
            let file = format!("{package}/examples/{example}.rs");
            chapters.join(file).is_file()
        };
        self.beside.iter().find(has).unwrap_or(&self.package)
    }

    fn executables(
        &self,
        workspace: &Workspace,
        example: &str,
    ) -> Result<BTreeMap<String, PathBuf>> {
        // Apart: together they are built with what the others need of the crates that they share, the example's tests or the host, and
        // another shop takes the place of the one that somebody is just starting.
        let mut built = BTreeMap::new();
        // All programs: one may start the others that lie beside it.
        let all = (self.host.iter().chain(&self.beside)).chain([&self.package]);
        let mut targets: Vec<_> = all.map(|package| (package, &["--bins"][..])).collect();
        let example = ["--example", example];
        targets.push((self.with_example(workspace, example[1]), &example));
        for (package, target) in targets {
            let kind = match target {
                ["--example", _] => whole::Kind::Example,
                _ => whole::Kind::Bin,
            };
            if let Some(programs) = whole::programs_of(package, kind)? {
                let programs = programs.into_iter();
                built.extend(programs.map(|built| (built.name.clone(), built.file.clone())));
                continue;
            }
            let output = book::cargo::command()
                .args(["build", "--quiet"])
                .arg("--message-format=json-render-diagnostics")
                .args(["--package", package])
                .args(target)
                .current_dir(workspace.root())
                .stdin(Stdio::null())
                .stderr(Stdio::inherit())
                .output()
                .context("cargo cannot be started")?;
            if !output.status.success() {
                bail!("the programs of rung {} do not build", self.number);
            }
            let messages = Message::parse_stream(output.stdout.as_slice());
            built.extend(messages.filter_map(|message| match message {
                Ok(Message::CompilerArtifact(artifact)) => {
                    let path = artifact.executable?.into_std_path_buf();
                    Some((artifact.target.name, path))
                }
                _ => None,
            }));
        }
        Ok(built)
    }
}

/// A shop may have as many threads as the machine has processors, and a loop keeps one of them.
fn more_than_processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from) + 8
}
