//! What stands behind the book's own code keeps to the policy in `deny.toml`.
//!
//! cargo-deny reads the same file and knows more, advisories above all. This needs nothing but cargo. A key
//! of the policy that is not known here is an error, so that none is passed over in silence.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::semver::{Version, VersionReq};
use cargo_metadata::{CargoOpt, MetadataCommand, Package};
use less_to_run_tests::programs;
use serde::Deserialize;
use spdx::{Expression, Licensee, ParseMode};

#[test]
fn all_dependencies_keep_to_the_policy() -> Result<()> {
    let policy = Policy::read()?;
    let problems = problems(&policy, &packages(&policy)?)?;
    ensure!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(())
}

#[test]
fn a_policy_that_lacks_something_is_seen_to_be_broken() -> Result<()> {
    let packages = packages(&Policy::read()?)?;
    let complaints = |change: fn(&mut Policy)| -> Result<Vec<String>> {
        let mut policy = Policy::read()?;
        change(&mut policy);
        problems(&policy, &packages)
    };
    let missing = complaints(|policy| policy.licenses.allow.retain(|licence| licence != "ISC"))?;
    assert!(
        missing.iter().any(|line| line.contains("the licence ISC")),
        "{missing:#?}"
    );
    let missing = complaints(|policy| policy.licenses.exceptions.clear())?;
    assert_eq!(missing.len(), 1, "{missing:#?}");
    let missing = complaints(|policy| policy.bans.skip.retain(|skip| !skip.matches_name("syn")))?;
    assert_eq!(missing.len(), 1, "{missing:#?}");
    assert!(
        missing[0].starts_with("syn is there in 2 versions: 2."),
        "{missing:#?}"
    );
    let missing = complaints(|policy| policy.sources.allow_registry.clear())?;
    assert!(missing.len() > 100, "{missing:#?}");
    let stale = complaints(|policy| {
        policy.bans.skip.push(Skip {
            spec: "gone@1".into(),
            reason: "none".into(),
        });
    })?;
    assert_eq!(
        stale,
        ["deny.toml: nothing needs the exception for gone@1 any more"]
    );
    Ok(())
}

/// The policy, as cargo-deny defines it, as far as it is used here.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Policy {
    graph: Graph,
    licenses: Licenses,
    bans: Bans,
    sources: Sources,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Graph {
    targets: Vec<String>,
    all_features: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Licenses {
    allow: Vec<String>,
    exceptions: Vec<LicenseException>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LicenseException {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Bans {
    multiple_versions: Deny,
    skip: Vec<Skip>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Sources {
    unknown_registry: Deny,
    unknown_git: Deny,
    allow_registry: Vec<String>,
}

/// The one level that this test knows: anything softer would be a hole.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Deny {
    Deny,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Skip {
    /// `name@version`, where the version may end early: `syn@2` stands for all of 2.
    #[serde(rename = "crate")]
    spec: String,
    reason: String,
}

impl Policy {
    fn read() -> Result<Self> {
        let text = fs::read_to_string(programs::root().join("deny.toml"))?;
        let policy: Self = toml::from_str(&text).context("deny.toml")?;
        let Policy {
            bans,
            sources,
            graph,
            ..
        } = &policy;
        let (Deny::Deny, Deny::Deny, Deny::Deny) = (
            &bans.multiple_versions,
            &sources.unknown_registry,
            &sources.unknown_git,
        );
        ensure!(
            graph.all_features,
            "deny.toml: a feature left out is a hole"
        );
        for skip in &bans.skip {
            ensure!(
                !skip.reason.trim().is_empty(),
                "deny.toml: {} has no reason",
                skip.spec
            );
        }
        Ok(policy)
    }
}

impl Skip {
    fn matches_name(&self, name: &str) -> bool {
        self.spec.split('@').next() == Some(name)
    }

    fn matches(&self, name: &str, version: &Version) -> Result<bool> {
        let Some((_, wanted)) = self.spec.split_once('@') else {
            bail!("deny.toml: {}: name@version is wanted", self.spec);
        };
        let wanted = VersionReq::parse(&format!("={wanted}"))
            .with_context(|| format!("deny.toml: {}", self.spec))?;
        Ok(self.matches_name(name) && wanted.matches(version))
    }
}

/// Every package that is built on one of the policy's systems.
fn packages(policy: &Policy) -> Result<Vec<Package>> {
    let mut packages = BTreeMap::new();
    for target in &policy.graph.targets {
        let metadata = MetadataCommand::new()
            .manifest_path(programs::root().join("Cargo.toml"))
            .features(CargoOpt::AllFeatures)
            .other_options([
                "--locked".into(),
                "--filter-platform".into(),
                target.clone(),
            ])
            .exec()
            .context("cargo metadata; without a network it needs what `cargo book fetch` brings")?;
        let resolve = metadata
            .resolve
            .context("cargo resolves the dependencies")?;
        let used: BTreeSet<_> = resolve.nodes.into_iter().map(|node| node.id).collect();
        for package in metadata.packages {
            if used.contains(&package.id) {
                packages.insert(package.id.clone(), package);
            }
        }
    }
    Ok(packages.into_values().collect())
}

fn problems(policy: &Policy, packages: &[Package]) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for package in packages {
        problems.extend(licence_problem(policy, package)?);
        problems.extend(source_problem(policy, package));
    }
    for exception in &policy.licenses.exceptions {
        if !packages
            .iter()
            .any(|package| *package.name == exception.name)
        {
            problems.push(unneeded(&exception.name));
        }
    }
    problems.extend(version_problems(policy, packages)?);
    Ok(problems)
}

fn licence_problem(policy: &Policy, package: &Package) -> Result<Option<String>> {
    let Some(licence) = &package.license else {
        return Ok(Some(format!(
            "{package} names no licence",
            package = package.name
        )));
    };
    let expression = Expression::parse_mode(licence, ParseMode::LAX)
        .with_context(|| format!("{}: the licence {licence}", package.name))?;
    let exceptions = &policy.licenses.exceptions;
    let exceptions = exceptions
        .iter()
        .filter(|exception| exception.name == **package.name);
    let mut allowed = Vec::new();
    for name in policy
        .licenses
        .allow
        .iter()
        .chain(exceptions.flat_map(|exception| &exception.allow))
    {
        allowed.push(Licensee::parse(name).with_context(|| format!("deny.toml: {name}"))?);
    }
    let granted = expression.evaluate(|wanted| allowed.iter().any(|one| one.satisfies(wanted)));
    let (name, version) = (&package.name, &package.version);
    Ok((!granted).then(|| format!("{name} {version}: the licence {licence} is not in deny.toml")))
}

fn source_problem(policy: &Policy, package: &Package) -> Option<String> {
    let source = package.source.as_ref()?.repr.clone();
    let registry = source.strip_prefix("registry+").unwrap_or_default();
    let allowed = policy
        .sources
        .allow_registry
        .iter()
        .any(|one| one == registry);
    (!allowed).then(|| format!("{} comes from {source}", package.name))
}

/// Every crate that is there in more than one version, those of the exceptions not counted, and every
/// exception that is not one.
fn version_problems(policy: &Policy, packages: &[Package]) -> Result<Vec<String>> {
    let mut versions: BTreeMap<&str, BTreeSet<&Version>> = BTreeMap::new();
    for package in packages {
        versions
            .entry(package.name.as_str())
            .or_default()
            .insert(&package.version);
    }
    let mut needed = BTreeSet::new();
    let mut problems = Vec::new();
    for (name, versions) in versions.iter().filter(|(_, versions)| versions.len() > 1) {
        let mut counted = Vec::new();
        for version in versions {
            let mut excepted = false;
            for skip in &policy.bans.skip {
                if skip.matches(name, version)? {
                    needed.insert(skip.spec.as_str());
                    excepted = true;
                }
            }
            if !excepted {
                counted.push(version.to_string());
            }
        }
        if counted.len() > 1 {
            let (count, list) = (counted.len(), counted.join(", "));
            problems.push(format!("{name} is there in {count} versions: {list}"));
        }
    }
    for skip in &policy.bans.skip {
        if !needed.contains(skip.spec.as_str()) {
            problems.push(unneeded(&skip.spec));
        }
    }
    Ok(problems)
}

fn unneeded(exception: &str) -> String {
    format!("deny.toml: nothing needs the exception for {exception} any more")
}
