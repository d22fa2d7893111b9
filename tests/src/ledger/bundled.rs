//! What a crate brings that is not Rust, and has compiled with it: C and assembler.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use cargo_metadata::Package;

use super::lines;

/// The C and the assembler that a crate brings and compiles, below its folder, with the features that this workspace asks for. A
/// crate that links something and has such files must be here, because cargo does not tell what a build script compiles. It is
/// counted as on Linux on an `x86_64`, wherever it is counted, so that the count is the same everywhere.
pub const BUNDLED: [(&str, &[&str]); 2] = [
    ("libsqlite3-sys", &["sqlite3/sqlite3.c"]),
    // `sources_for_arch` in its build.rs. What is in `pregenerated/` was made by Perl scripts of OpenSSL's.
    (
        "ring",
        &[
            "crypto/cpu_intel.c",
            "crypto/crypto.c",
            "crypto/curve25519/curve25519.c",
            "crypto/curve25519/curve25519_64_adx.c",
            "crypto/fipsmodule/aes/aes_nohw.c",
            "crypto/fipsmodule/bn/montgomery.c",
            "crypto/fipsmodule/bn/montgomery_inv.c",
            "crypto/fipsmodule/ec/ecp_nistz.c",
            "crypto/fipsmodule/ec/gfp_p256.c",
            "crypto/fipsmodule/ec/gfp_p384.c",
            "crypto/fipsmodule/ec/p256-nistz.c",
            "crypto/fipsmodule/ec/p256.c",
            "crypto/limbs/limbs.c",
            "crypto/mem.c",
            "crypto/poly1305/poly1305.c",
            "pregenerated/aes-gcm-avx2-x86_64-elf.S",
            "pregenerated/aesni-gcm-x86_64-elf.S",
            "pregenerated/aesni-x86_64-elf.S",
            "pregenerated/chacha-x86_64-elf.S",
            "pregenerated/chacha20_poly1305_x86_64-elf.S",
            "pregenerated/ghash-x86_64-elf.S",
            "pregenerated/p256-x86_64-asm-elf.S",
            "pregenerated/sha256-x86_64-elf.S",
            "pregenerated/sha512-x86_64-elf.S",
            "pregenerated/vpaes-x86_64-elf.S",
            "pregenerated/x86_64-mont-elf.S",
            "pregenerated/x86_64-mont5-elf.S",
            "third_party/fiat/asm/fiat_curve25519_adx_mul.S",
            "third_party/fiat/asm/fiat_curve25519_adx_square.S",
        ],
    ),
];

/// The files of C and assembler that are compiled with a package.
pub(super) fn files(package: &Package) -> Result<Vec<PathBuf>> {
    let folder = package.manifest_path.parent();
    let folder = folder.context("a manifest is in a folder")?.as_std_path();
    if let Some((_, files)) = BUNDLED
        .iter()
        .find(|(name, _)| *name == package.name.as_str())
    {
        return Ok(files.iter().map(|file| folder.join(file)).collect());
    }
    // A crate with `links` may link what is there, or only say that it is to be there once.
    ensure!(
        package.links.is_none() || !brings_any(folder)?,
        "{} brings C or assembler: say in BUNDLED which of it is compiled",
        package.name
    );
    Ok(Vec::new())
}

fn brings_any(folder: &Path) -> Result<bool> {
    let files = lines::files(folder)?;
    let mut extensions = files.iter().filter_map(|path| path.extension()?.to_str());
    Ok(extensions.any(|extension| matches!(extension, "c" | "cc" | "cpp" | "s" | "S" | "asm")))
}
