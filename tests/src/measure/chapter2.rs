//! Chapter 2's figures, beside chapter 1's in the same run.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use book::measured::Measured;
use book::workspace::Workspace;

use super::open::Rung;
use super::programs::Served;
use super::shops::{self, Shops};
use super::writing::{self, Kind};
use super::{beside, rest, slow};

const COMMAND: &str = "cargo book measure 2";
const SOURCES: [&str; 7] = [
    "chapters-code/ch01-bare-server/src",
    "chapters-code/ch02-virtual-server/src",
    "chapters-code/ch02-virtual-server/migrations",
    "chapters-code/ch02-virtual-server/examples/many_at_once.rs",
    "chapters-code/ch02-virtual-server/examples/exercise_group_commit.rs",
    "chapters-code/ch02-virtual-server/examples/exercise_synchronous_normal.rs",
    "peers/http-servers/src",
];

/// Takes the figures and writes them. About three minutes after the build.
///
/// # Errors
///
/// When the machine is busy and `anyway` is not set, or when something does not build, run or answer.
pub fn measure(workspace: &Workspace, anyway: bool) -> Result<()> {
    let shops = Shops::build(workspace, &["ch01-bare-server", "ch02-virtual-server"])?;
    let mut file = shops::begin(workspace, COMMAND, &SOURCES, anyway)?;
    let shop = shops.shop("ch02-virtual-server");
    rest::at_rest(&shops, &shop, &mut file)?;
    crowded(&shops, &mut file)?;
    half_a_head(&shops, &mut file)?;
    let servers = [
        ("chapter 1", shops.shop("ch01-bare-server")),
        ("chapter 2", shop.clone()),
    ];
    let what = "One pet, from memory in chapter 1 and from SQLite in chapter 2";
    beside::throughput(&shops, &servers, None, what, &mut file)?;
    writing(&shops, &mut file)?;
    slow::slow_clients(&shops, &shop, &[0, 1_000], &mut file)?;
    super::summary(&file);
    super::saved(workspace, &file.save(workspace, "ch02")?);
    Ok(())
}

/// The memory of a shop with many customers who are in the middle of a request.
fn crowded(shops: &Shops, file: &mut Measured) -> Result<()> {
    let folder = shops.data_folder()?;
    let shop = Served::start(&shops.shop("ch02-virtual-server"), folder.path())?;
    let what = "resident memory of the shop while 2,000 customers are in the middle of a request";
    rest::crowded(&shop, what, file)
}

/// How long axum's own `serve` waits for the rest of a head. Nobody here waits longer than this.
const PATIENCE: Duration = Duration::from_secs(30);

fn half_a_head(shops: &Shops, file: &mut Measured) -> Result<()> {
    eprintln!("half a head, and {PATIENCE:?} of nothing");
    let folder = shops.data_folder()?;
    let shop = Served::start(&shops.example("many_at_once"), folder.path())?;
    let mut stream = TcpStream::connect(&shop.at)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let begin = Instant::now();
    stream.write_all(b"GET /pets/1 HT")?;
    // An answer and a closed connection are both an end of the waiting; a time-out is none.
    let waited = match stream.read(&mut [0; 1024]) {
        Ok(_) => begin.elapsed(),
        Err(_) => PATIENCE,
    };
    file.put(
        "half_a_head_s",
        waited.as_secs_f64(),
        "s",
        "how long axum's own serve has waited for the rest of a head when the measurement ended it",
    );
    ensure!(
        waited == PATIENCE,
        "axum's serve has ended the waiting after {waited:?}: the page says that it does not"
    );
    Ok(())
}

/// Adoptions a second, each acknowledged as its shop does it.
fn writing(shops: &Shops, file: &mut Measured) -> Result<()> {
    let kind = |key, words, program| Kind {
        key,
        words,
        rung: Rung::Folder(program),
    };
    let kinds = [
        kind(
            "chapter_1",
            "chapter 1: a line and a sync each",
            shops.shop("ch01-bare-server"),
        ),
        kind(
            "chapter_2",
            "chapter 2: a transaction and a sync each",
            shops.shop("ch02-virtual-server"),
        ),
        kind(
            "group",
            "one sync for all who wait (exercise)",
            shops.example("exercise_group_commit"),
        ),
        kind(
            "normal",
            "no sync at a commit (exercise)",
            shops.example("exercise_synchronous_normal"),
        ),
    ];
    writing::adoptions(shops, &kinds, "chapter_2", file)
}
