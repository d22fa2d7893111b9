//! All views of the shop, on the streams that they are made of.

use std::env;
use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use ch06_state::retries::client;
use ch07_events::clock::now;
use ch08_event_sourcing::pet::Pets;
use event_store::{Dynamo, Settings, Store, StreamId};
use tokio::try_join;

use crate::projector::{Behind, Projector, Reached};
use crate::rebuild::{Lateness, Rebuilt};
use crate::rows::Rows;
use crate::table::{Table, Totals};
use crate::views::{Homes, Kept, List, Returns};

/// The variable with the table of the views.
const VIEWS: &str = "VIEWS_TABLE";

/// What it is called, unless the environment says otherwise.
#[must_use]
pub fn table() -> String {
    env::var(VIEWS).unwrap_or_else(|_| "views".to_owned())
}

// ANCHOR: views
/// The views, in one table, and the streams, in another one.
#[derive(Debug)]
pub struct Views {
    /// What has happened.
    pub streams: Store<Pets, Arc<Dynamo>>,
    /// The pets as they are.
    pub list: Table<List>,
    /// How often each came back.
    pub returns: Table<Returns>,
    /// How many have a home.
    pub homes: Totals<Homes>,
}
// ANCHOR_END: views

/// How far a view is.
#[derive(Debug, Clone, Copy)]
pub struct Far {
    /// Which.
    pub view: &'static str,
    /// How far.
    pub reached: Reached,
    /// Since when that is known: since 1970.
    pub since: Duration,
}

impl Views {
    /// The views in one table, of the streams in another one.
    #[must_use]
    pub fn new(sdk: &SdkConfig, streams: &str, views: &str) -> Self {
        let client = client(sdk);
        let commits = Arc::new(Dynamo::new(&Client::new(sdk), streams));
        Self {
            streams: Store::new(commits, Settings::default()),
            list: Table::new(client.clone(), views),
            returns: Table::new(client.clone(), views),
            homes: Totals::new(client, views),
        }
    }

    /// Who keeps the list.
    #[must_use]
    pub fn list(&self) -> Projector<'_, List, Arc<Dynamo>, Table<List>> {
        let (streams, rows) = (&self.streams, &self.list);
        Projector { streams, rows }
    }

    /// Who keeps count of those that came back.
    #[must_use]
    pub fn returns(&self) -> Projector<'_, Returns, Arc<Dynamo>, Table<Returns>> {
        let (streams, rows) = (&self.streams, &self.returns);
        Projector { streams, rows }
    }

    /// Who keeps count of those that have a home.
    #[must_use]
    pub fn homes(&self) -> Projector<'_, Homes, Arc<Dynamo>, Totals<Homes>> {
        let (streams, rows) = (&self.streams, &self.homes);
        Projector { streams, rows }
    }

    // ANCHOR: heard
    /// Tells all views that a stream has this commit, and says how far they are then.
    ///
    /// # Errors
    ///
    /// When one of them is [`Behind`].
    pub async fn heard(&self, stream: &StreamId, commit: u64) -> Result<[Far; 3], Behind> {
        let (list, returns, homes) = (self.list(), self.returns(), self.homes());
        let (list, returns, homes) = try_join!(
            far(List::NAME, list.heard(stream, commit)),
            far(Returns::NAME, returns.heard(stream, commit)),
            far(Homes::NAME, homes.heard(stream, commit)),
        )?;
        Ok([list, returns, homes])
    }
    // ANCHOR_END: heard

    /// Has all views look after all streams. Says how many rows of each were behind.
    ///
    /// # Errors
    ///
    /// When one of them is [`Behind`].
    pub async fn sweep(&self) -> Result<[(&'static str, u64); 3], Behind> {
        let list = self.list().sweep().await?;
        let returns = self.returns().sweep().await?;
        let homes = self.homes().sweep().await?;
        Ok([
            (List::NAME, list),
            (Returns::NAME, returns),
            (Homes::NAME, homes),
        ])
    }

    // ANCHOR: rebuild
    /// Makes all views anew, at the same time, and clears away what was there before the
    /// ones that were there before.
    ///
    /// # Errors
    ///
    /// When one of them is [`Behind`]. Others may be there anew.
    pub async fn rebuild(&self, late: Lateness) -> Result<Rebuilt, Behind> {
        let (list, returns, homes) = (self.list(), self.returns(), self.homes());
        let (rebuilt, ..) = try_join!(
            Box::pin(anew(&list, late)),
            Box::pin(anew(&returns, late)),
            Box::pin(anew(&homes, late)),
        )?;
        Ok(rebuilt)
    }
    // ANCHOR_END: rebuild
}

async fn far(
    view: &'static str,
    heard: impl Future<Output = Result<Reached, Behind>>,
) -> Result<Far, Behind> {
    let reached = heard.await?;
    let since = now();
    Ok(Far {
        view,
        reached,
        since,
    })
}

async fn anew<V, R>(
    projector: &Projector<'_, V, Arc<Dynamo>, R>,
    late: Lateness,
) -> Result<Rebuilt, Behind>
where
    V: Kept<Of = Pets, Row: Send + Sync>,
    R: Rows<Row = V::Row>,
{
    let before = projector.rows.generations().await?.current;
    let rebuilt = projector.rebuild(late).await?;
    projector.clear(before).await?;
    Ok(rebuilt)
}
