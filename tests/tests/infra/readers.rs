//! The other files, before the programs that read them; and each of them damaged, to see that it would be noticed.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use less_to_run_tests::infra::{accepted, cloud_init, program, virtual_server};
use tempfile::tempdir;

use crate::{NOBODY, damaged, deployed};

/// Has `check` read a file as it is, which it must accept, and damaged, which it must refuse.
fn accepts_only_the_sound(
    name: &str,
    damages: &[(&str, &str)],
    check: impl Fn(&Path) -> Result<String>,
) -> Result<()> {
    let text = deployed(name)?;
    let folder = tempdir()?;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
    let file = folder.path().join(name);
    fs::write(&file, &text)?;
    check(&file)?;
    for (from, to) in damages {
        fs::write(&file, damaged(&text, from, to)?)?;
        ensure!(check(&file).is_err(), "{name} with {to:?} was accepted");
    }
    Ok(())
}

#[test]
fn nft_understands_the_firewall() -> Result<()> {
    let Some(nft) = program("nft")? else {
        return Ok(());
    };
    // In a network of its own, nothing of this machine's is touched; and in users of its own, anybody is root.
    let mut unshare = vec!["--net"];
    if !rustix::process::geteuid().is_root() {
        unshare.extend(["--user", "--map-root-user"]);
    }
    if accepted(Command::new("unshare").args(&unshare).arg("true")).is_err() {
        eprintln!("not checked: the firewall, which takes root, or user namespaces for everybody");
        return Ok(());
    }
    let check = |file: &Path| {
        let mut command = Command::new("unshare");
        let nft = command.args(&unshare).arg(&nft);
        accepted(nft.args(["--check", "--file"]).arg(file))
    };
    let damages = [
        ("policy drop", "policy perhaps"),
        ("dport { 22", "dport { ssh-ish"),
        ("@crowded4 {", "@crowded5 {"),
    ];
    accepts_only_the_sound("nftables.conf", &damages, check)
}

#[test]
fn sshd_understands_its_rules() -> Result<()> {
    let Some(sshd) = program("sshd")? else {
        return Ok(());
    };
    let check = |file: &Path| {
        let key = file.with_extension("key");
        if !key.exists() {
            let mut keygen = Command::new("ssh-keygen");
            accepted(
                keygen
                    .args(["-q", "-t", "ed25519", "-N", "", "-f"])
                    .arg(&key),
            )?;
        }
        let mut command = Command::new(&sshd);
        command.args(["-t", "-h"]).arg(&key).arg("-f").arg(file);
        // Root is asked for a folder that only a running sshd has.
        if rustix::process::geteuid().is_root() {
            chown(&key, Some(NOBODY), Some(NOBODY))?;
            command.uid(NOBODY).gid(NOBODY);
        }
        accepted(&mut command)
    };
    let damages = [
        ("PasswordAuthentication no", "PasswordAuthentication nope"),
        ("MaxAuthTries", "MaxAuthTriez"),
    ];
    accepts_only_the_sound("sshd.conf", &damages, check)
}

#[test]
fn apt_understands_when_to_upgrade() -> Result<()> {
    let Some(apt) = program("apt-config")? else {
        return Ok(());
    };
    let check = |file: &Path| accepted(Command::new(&apt).arg("-c").arg(file).arg("dump"));
    accepts_only_the_sound("apt.conf", &[("\"true\";", "\"true\" \"twice")], check)?;
    let said = check(&virtual_server().join("apt.conf"))?;
    for due in [
        "APT::Periodic::Unattended-Upgrade \"1\";",
        "Unattended-Upgrade::Automatic-Reboot-Time \"04:30\";",
    ] {
        ensure!(
            said.lines().any(|line| line == due),
            "apt has not read {due}"
        );
    }
    Ok(())
}

#[test]
fn shellcheck_finds_nothing_in_the_scripts() -> Result<()> {
    let Some(shellcheck) = program("shellcheck")? else {
        return Ok(());
    };
    for script in ["deploy", "shop-backup", "shop-certificate", "shop-restore"] {
        let check = |file: &Path| accepted(Command::new(&shellcheck).arg(file));
        accepts_only_the_sound(script, &[("set -eu", "set -eu\ncd $1")], check)?;
    }
    Ok(())
}

#[test]
fn cloud_init_understands_what_a_new_machine_is_told() -> Result<()> {
    let Some(cloud_init) = program("cloud-init")? else {
        return Ok(());
    };
    let check = |file: &Path| {
        let mut command = Command::new(&cloud_init);
        accepted(command.args(["schema", "--config-file"]).arg(file))
    };
    let damages = [
        ("package_update: true", "package_update: perhaps"),
        ("defer: true", "defers: true"),
        ("runcmd:", "runcmd: 5"),
    ];
    accepts_only_the_sound("cloud-init.yaml", &damages, check)
}

#[test]
fn what_a_new_machine_is_told_is_made_from_the_other_files() -> Result<()> {
    let folder = virtual_server();
    let text = cloud_init::generated(&folder)?;
    ensure!(
        deployed("cloud-init.yaml")? == text,
        "infra/ch02-virtual-server/cloud-init.yaml is stale: cargo book update 2"
    );
    let read: serde_json::Value = serde_saphyr::from_str(&text)?;
    let written = read["write_files"].as_array().context("no files")?;
    let placed = cloud_init::placed(&folder)?;
    ensure!(written.len() == placed.len() && placed.len() > 8);
    for (written, placed) in written.iter().zip(&placed) {
        ensure!(written["path"] == placed.place.as_str(), "{written}");
        ensure!(written["content"] == placed.text.as_str(), "{written}");
    }
    // EC2 takes no more user data than that; others do.
    ensure!(text.len() <= 16_384, "{} bytes are too many", text.len());
    Ok(())
}

#[test]
fn a_file_that_does_not_say_where_it_goes_is_refused() -> Result<()> {
    let folder = tempdir()?;
    fs::write(folder.path().join("machine.yaml"), "#cloud-config\n")?;
    fs::write(folder.path().join("shop.conf"), "# The shop: a file.\n")?;
    let refused = cloud_init::generated(folder.path())
        .unwrap_err()
        .to_string();
    ensure!(
        refused.contains("shop.conf: its first comment"),
        "{refused}"
    );
    Ok(())
}
