//! A whole machine: a real systemd boots with the files that cloud-init would have put in place, runs the commands that cloud-init would
//! have run, and the shop on it is used, killed, copied, restored and nearly robbed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use less_to_run_tests::infra::{accepted, cloud_init, program, virtual_server};
use less_to_run_tests::programs;
use tempfile::tempdir;

use crate::{deployed, shop};

const BOOT: &str = "tests/tests/infra/boot.sh";
const CHECK: &str = include_str!("check.sh");

#[test]
fn a_machine_that_is_told_what_cloud_init_is_told_runs_the_shop() -> Result<()> {
    let _beside = crate::QUIET.read();
    if !can_boot()? {
        return Ok(());
    }
    let told = boot(&commands()?, CHECK, |_| true)?;
    ensure!(is_well(&told), "{told}");
    Ok(())
}

#[test]
fn a_shop_that_was_let_into_the_network_is_seen() -> Result<()> {
    let _beside = crate::QUIET.read();
    if !can_boot()? {
        return Ok(());
    }
    let let_in = |line: &str| {
        let lines = [
            "PrivateNetwork=",
            "RestrictAddressFamilies=",
            "IPAddressDeny=",
        ];
        lines.iter().any(|name| line.starts_with(name))
    };
    let told = boot(&commands()?, CHECK, |line| !let_in(line))?;
    let seen = "this was to fail: systemctl start thief.service";
    ensure!(told.lines().any(|line| line == seen), "{told}");
    ensure!(!is_well(&told), "{told}");
    Ok(())
}

fn is_well(told: &str) -> bool {
    told.lines().any(|line| line == "the machine is well")
}

/// Whether a machine can be booted here. That takes root, who may mount and make namespaces; in most containers root may not.
fn can_boot() -> Result<bool> {
    for name in [
        "nginx",
        "nft",
        "openssl",
        "rsync",
        "sshd",
        "systemd-analyze",
    ] {
        if program(name)?.is_none() {
            return Ok(false);
        }
    }
    let world = tempdir()?;
    let mounts = "mount -t tmpfs tmpfs \"$1\" && cd \"$1\" && mkdir u w r c && \
                  mount -t overlay overlay -o lowerdir=/,upperdir=u,workdir=w r && \
                  mount -t cgroup2 cgroup2 c";
    let mut unshare = Command::new("unshare");
    unshare
        .args(["--mount", "--pid", "--fork", "--net", "--uts", "--ipc"])
        .args(["--cgroup", "sh", "-c", mounts, "sh"])
        .arg(world.path());
    let can = accepted(&mut unshare).is_ok() && Path::new("/lib/systemd/systemd").exists();
    if !can {
        eprintln!(
            "not checked: a machine that boots, which takes root, with all rights that root may have"
        );
    }
    Ok(can)
}

/// What cloud-init runs, but for the certificate, which takes a network.
fn commands() -> Result<String> {
    let machine: serde_json::Value = serde_saphyr::from_str(&deployed("machine.yaml")?)?;
    let commands = machine["runcmd"].as_array().context("no runcmd")?;
    let commands = commands.iter().filter_map(|command| command.as_str());
    let kept: Vec<&str> = commands
        .clone()
        .filter(|command| !command.starts_with("certbot "))
        .collect();
    ensure!(kept.len() + 1 == commands.count() && kept.len() > 3);
    Ok(kept.iter().flat_map(|command| [*command, "\n"]).collect())
}

/// Boots a machine that runs these commands one after the other until one fails, and gives what they said. Of the shop's unit
/// it has the lines that `keeps` says.
fn boot(first: &str, then: &str, keeps: impl Fn(&str) -> bool) -> Result<String> {
    let folder = tempdir()?;
    let stage = folder.path().join("stage");
    fs::create_dir(folder.path().join("told"))?;
    let place = |path: &str, text: &[u8], runs: bool| -> Result<()> {
        let path = stage.join(path.trim_start_matches('/'));
        fs::create_dir_all(path.parent().context("a folder")?)?;
        fs::write(&path, text)?;
        let mode = if runs { 0o755 } else { 0o644 };
        Ok(fs::set_permissions(
            &path,
            fs::Permissions::from_mode(mode),
        )?)
    };
    for file in cloud_init::placed(&virtual_server())? {
        place(&file.place, file.text.as_bytes(), file.runs)?;
    }
    let unit = deployed("shop.service")?;
    let lines = unit.lines().filter(|line| keeps(line));
    let unit: String = lines.flat_map(|line| [line, "\n"]).collect();
    place("/etc/systemd/system/shop.service", unit.as_bytes(), false)?;
    place("/usr/local/bin/shop", &fs::read(shop())?, true)?;
    place(
        "/check.sh",
        format!("set -eux\n{first}{then}").as_bytes(),
        true,
    )?;
    let target = "[Unit]\nRequires=basic.target\nAfter=basic.target\nWants=check.service\n";
    place("/etc/systemd/system/check.target", target.as_bytes(), false)?;
    let check = "[Service]\nType=oneshot\nTimeoutStartSec=100\nExecStart=/bin/sh -c 'bash /check.sh > /told/it 2>&1; systemctl exit --force --force'\n";
    place("/etc/systemd/system/check.service", check.as_bytes(), false)?;
    let output = Command::new("sh")
        .arg(programs::root().join(BOOT))
        .arg(folder.path())
        .output()?;
    let told = fs::read_to_string(folder.path().join("told/it"));
    told.with_context(|| format!("the machine did not boot: {output:?}"))
}
