//! A platform in small: it runs the releases of one application, each with web processes
//! that the real [honcho](https://honcho.readthedocs.io) keeps, and routes to them.
//!
//! It is there to learn from and to test with. What it has of a platform: a release is
//! made of a Procfile with the files beside it, the programs that it names and the settings of the moment; it is
//! exchanged while customers come; it is started again when it ends by itself; and its
//! disk is thrown away with it. What it lacks is everything that takes a second machine,
//! and all defences against what it runs.
//!
//! [`desk`] takes orders from the command line; [`releases`] puts one release in the place
//! of another; [`release`] begins one and takes care of it, [`honcho`] has its processes,
//! and [`router`] stands before them.

mod desk;
mod folder;
mod honcho;
mod parent;
mod procfile;
mod proxy;
mod release;
mod releases;
mod router;
mod setting;

use std::future::Future;
use std::io::{Write, stdout};
use std::pin::pin;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use tokio::sync::watch;

pub use self::desk::{Order, ask};
pub use self::parent::keep;
pub use self::setting::Setting;

use self::desk::Desk;
use self::folder::Folder;
use self::honcho::Honcho;
use self::releases::Releases;
use self::router::Router;

/// How a platform is to be.
#[derive(Debug, Args)]
pub struct Options {
    /// Where on 127.0.0.1; 0 takes any free port
    #[arg(long, env = "PORT", default_value_t = 8080)]
    port: u16,
    /// How many web processes a release has
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=100))]
    web: u16,
    /// How many seconds a release may take until it is ready
    #[arg(long, default_value_t = 20)]
    patience: u64,
    /// Starts a release again when GET /health fails three times in a row
    #[arg(long)]
    restart_unwell: bool,
}

/// Is a platform, with its things in `./platform/`, until `stopped`; then it ends all that
/// it started.
///
/// # Errors
///
/// When there is no honcho, the port is taken, or a platform runs in this folder already.
pub async fn run(options: &Options, stopped: impl Future<Output = ()>) -> Result<()> {
    let honcho = Honcho::find()?;
    let folder = Folder::take()?;
    let desk = Desk::open()?;
    let router = Router::open(options.port)?;
    say(&format!("the platform listens on {}", router.url()));
    let (stop, stopping) = watch::channel(false);
    let patience = Duration::from_secs(options.patience);
    let mut releases = Releases {
        folder,
        honcho,
        router,
        web: options.web,
        patience,
        restart_unwell: options.restart_unwell,
        stopping: stopping.clone(),
        last: 0,
        live: None,
    };
    {
        let mut serving = pin!(desk.serve(&mut releases, stopping));
        tokio::select! {
            () = &mut serving => {}
            () = stopped => {
                // An order that is being carried out hears of it, and comes to an end.
                stop.send_replace(true);
                serving.await;
            }
        }
    }
    releases.end().await;
    Ok(())
}

/// Says something to whoever has started the platform. They may have stopped to listen.
fn say(line: &str) {
    let _ = writeln!(stdout(), "{line}");
}
