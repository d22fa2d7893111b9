//! One release takes the place of another.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use super::desk::Customer;
use super::folder::Folder;
use super::honcho::Honcho;
use super::release::{Release, Up};
use super::router::Router;
use super::say;
use super::setting::Setting;

/// The releases of one application, of which one at most is live.
#[derive(Debug)]
pub struct Releases {
    pub folder: Folder,
    pub honcho: Honcho,
    pub router: Router,
    /// How many web processes a release has.
    pub web: u16,
    /// How long a release may take until it is ready.
    pub patience: Duration,
    /// Whether one is started again that is not well.
    pub restart_unwell: bool,
    /// Whether the platform ends.
    pub stopping: watch::Receiver<bool>,
    /// The number of the last release.
    pub last: u32,
    /// The release that requests go to.
    pub live: Option<Live>,
}

impl Releases {
    /// Makes a release of these files and puts it in the place of the one before.
    ///
    /// # Errors
    ///
    /// When it does not become ready. Then all is as it was.
    pub async fn deploy(
        &mut self,
        procfile: &Path,
        programs: &[PathBuf],
        customer: &mut Customer,
    ) -> Result<()> {
        self.last += 1;
        let number = self.last;
        let release = Release {
            number,
            place: self.folder.release(number),
            log: self.folder.log(),
            honcho: self.honcho.clone(),
            router: self.router.clone(),
            web: self.web,
            patience: self.patience,
            restart_unwell: self.restart_unwell,
        };
        let made = self.folder.make(&release.place, procfile, programs).await;
        let begun = match made {
            Ok(()) => release.begin(customer, &mut self.stopping).await,
            Err(why) => Err(why),
        };
        match begun {
            Ok(up) => self.exchange(release, up, customer).await,
            Err(why) => {
                release.throw_away();
                let rest = match &self.live {
                    Some(live) => format!("release {} stays", live.number),
                    None => "no release is live".to_owned(),
                };
                bail!("release {number} has failed: {why:#}; {rest}");
            }
        }
        Ok(())
    }

    /// Lets customers come to a release, and ends the one to which they came before.
    async fn exchange(&mut self, release: Release, up: Up, customer: &mut Customer) {
        let number = release.number;
        release.route(&up);
        let (stop, stopped) = oneshot::channel();
        let care = tokio::spawn(release.care(up, stopped));
        customer.hear(format!("release {number} is live")).await;
        if let Some(before) = self.live.replace(Live { number, stop, care }) {
            customer.hear(before.end().await).await;
        }
    }

    /// Has these settings in the next release.
    ///
    /// # Errors
    ///
    /// When the disk refuses.
    pub async fn set(&mut self, settings: &[Setting], customer: &mut Customer) -> Result<()> {
        self.folder.set(settings)?;
        for setting in settings {
            customer
                .hear(format!("the next release has {setting}"))
                .await;
        }
        Ok(())
    }

    /// Ends what is live.
    pub async fn end(&mut self) {
        if let Some(live) = self.live.take() {
            say(&live.end().await);
        }
    }
}

/// A release that is live, in the care of a task.
#[derive(Debug)]
pub struct Live {
    number: u32,
    stop: oneshot::Sender<()>,
    /// Comes back with how the release has ended, once it was told to.
    care: JoinHandle<&'static str>,
}

impl Live {
    /// Ends it, and says how it went.
    async fn end(self) -> String {
        let Self { number, stop, care } = self;
        // Its care waits for this.
        let _ = stop.send(());
        let how = care.await.unwrap_or("is lost: its care has failed");
        format!("release {number} was told to stop, and {how}")
    }
}
