//! A small shop that keeps every promise that can be asked, unless one fault is switched on. It shows that the
//! suite is not fooled: the right shop is seen to keep everything, and each fault is seen.
//!
//! It is written for this alone and shares no line with the chapters' shops. All instances on one disk are one
//! shop: each request takes a lock on the journal, reads what others wrote, decides, writes, syncs.

mod backup;
mod bugs;
mod connection;
mod elsewhere;
mod journal;
mod known;
mod problem;
mod request;
mod routes;
mod rung;
mod staff;
mod store;
mod validate;
mod writing;

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::ValueEnum;

pub use rung::rung;
use store::Store;

/// The one thing that is wrong with the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
#[allow(missing_docs, reason = "the names say it, and the suite prints them")]
pub enum Fault {
    None,
    // P1
    AnswersCreatedToEverything,
    EmptyErrors,
    ExtraField,
    HalfOfARefusedGroup,
    HeadWithBody,
    HtmlErrors,
    IgnoresFilters,
    NoLocation,
    PagesRepeat,
    PagesSkip,
    CountsBytesForCharacters,
    // P2
    AcceptsTwoLengths,
    DiesOfNul,
    HangsUpOnBadJson,
    LeavesBodiesUnread,
    NeverTimesOut,
    SaysBadRequestToEverything,
    TimesOutAtOnce,
    WrongAllow,
    WrongPointers,
    // P2, where there is a staff
    AsksCustomersForAKey,
    BelievesAnyKey,
    DoesItAndSaysNo,
    LetsEverybodyIn,
    NeverSaysHowToComeIn,
    // P3
    LastOneWins,
    RefusesEverybody,
    SellsTwice,
    // P4
    AnswersBeforeWriting,
    GroupInTwoWrites,
    KeepsWritingAfterAFailedSync,
    NoDirectorySync,
    NoFileSync,
    TornLineStaysThere,
    TrustsTheLastLine,
    // P5
    SixtyFourThreads,
    // P6
    DropsInFlight,
    EndsWithAnError,
    ServesOnAfterTheSignal,
    // P7
    NothingElsewhere,
    // P8
    DecidesFromMemory,
    ReadsOnlyItself,
    // P9
    AbortsInProcess,
    LoopsHoldingTheLock,
    PanicsHoldingTheLock,
    // P11
    HistoryInReverse,
    HistoryOfRefusals,
    HistoryWithoutReasons,
    // P12
    CountsAdoptions,
    CountsSinceStart,
    // P13, P15
    AProcessMore,
    CountsEveryDelivery,
    LosesMessages,
    ACheckout,
    // P14
    AnyBodyForAKey,
    ForgetsKeys,
    HappensAgain,
    IgnoresKeys,
    KeyInASecondWrite,
    // P16
    CannotReadOldLines,
    ForgetsForStrangers,
    OnlySaysItForgot,
    // several
    ForgetsOnRestart,
}

/// What all connections share.
#[derive(Debug)]
struct Shop {
    fault: Fault,
    staff_key: Option<String>,
    store: Store,
    stopping: AtomicBool,
    connections: AtomicUsize,
}

impl Shop {
    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }
}

/// Runs the shop until SIGTERM. Its settings come from the environment: `PORT`, `SHOP_DATA`, `SHOP_ELSEWHERE`
/// (a second directory that stands for somebody else's storage), `DELIVERIES` (how often each message comes), `STAFF_KEY` (it has a staff then)
/// and `FAULT`. With the arguments `backup FILE` or `restore FILE` it does that instead.
///
/// # Errors
///
/// When a setting makes no sense, the port is taken or the journal cannot be read.
pub fn run() -> Result<()> {
    bugs::bug_of_our_own();
    let setting = |name: &str| std::env::var(name).ok();
    let fault = match setting("FAULT") {
        Some(name) => Fault::from_str(&name, false)
            .map_err(anyhow::Error::msg)
            .context("FAULT")?,
        None => Fault::None,
    };
    let data = setting("SHOP_DATA").unwrap_or_else(|| "shop".to_owned());
    if let Some((how, file)) = backup::asked_for() {
        return backup::make(&how, data.as_ref(), &file);
    }
    let shop = Arc::new(Shop {
        fault,
        staff_key: setting("STAFF_KEY"),
        store: Store::open(
            data.into(),
            setting("SHOP_ELSEWHERE").map(Into::into),
            fault,
        )?,
        stopping: AtomicBool::new(false),
        connections: AtomicUsize::new(0),
    });
    if fault == Fault::AProcessMore {
        // It ends with the shop's process group.
        Command::new("sleep").arg("600").spawn().context("sleep")?;
    }
    let port = setting("PORT")
        .map_or(Ok(8080), |port| port.parse())
        .context("PORT")?;
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).context("the port cannot be had")?;
    let address = listener.local_addr()?;
    stop_on_sigterm(&shop, address)?;
    println!("listening on http://{address}");
    serve(&shop, listener);
    finish(&shop);
    if fault == Fault::EndsWithAnError {
        std::process::exit(1);
    }
    Ok(())
}

fn serve(shop: &Arc<Shop>, listener: TcpListener) {
    for stream in listener.incoming() {
        let stopping = shop.stopping.load(Ordering::SeqCst);
        if stopping && !shop.is(Fault::ServesOnAfterTheSignal) {
            return;
        }
        let Ok(stream) = stream else { continue };
        while shop.is(Fault::SixtyFourThreads) && shop.connections.load(Ordering::SeqCst) >= 64 {
            thread::sleep(Duration::from_millis(1));
        }
        shop.connections.fetch_add(1, Ordering::SeqCst);
        let mine = Arc::clone(shop);
        let small = thread::Builder::new().stack_size(256 * 1024);
        let started = small.spawn(move || {
            let _counted = Counted(&mine.connections);
            connection::serve(&mine, stream);
        });
        if started.is_err() {
            shop.connections.fetch_sub(1, Ordering::SeqCst);
        }
    }
    drop(listener);
}

/// Counts a connection down however its thread ends.
struct Counted<'a>(&'a AtomicUsize);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Waits for the requests in flight; none takes longer than its ten seconds and a little.
fn finish(shop: &Shop) {
    for _ in 0..1500 {
        if shop.connections.load(Ordering::SeqCst) == 0 {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// The standard library knows no signals; tokio does.
fn stop_on_sigterm(shop: &Arc<Shop>, address: std::net::SocketAddr) -> Result<()> {
    let shop = Arc::clone(shop);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let terminate = tokio::signal::unix::SignalKind::terminate();
    let mut signals = runtime.block_on(async { tokio::signal::unix::signal(terminate) })?;
    thread::spawn(move || {
        runtime.block_on(signals.recv());
        if shop.is(Fault::DropsInFlight) {
            std::process::exit(0);
        }
        shop.stopping.store(true, Ordering::SeqCst);
        // Wakes the one who accepts.
        let _ = TcpStream::connect(address);
    });
    Ok(())
}
