//! Says that the shop is well, so that a shop that is not can be started again.

use std::sync::Arc;

use sd_notify::NotifyState::Watchdog;

use crate::repository::Repository;

// ANCHOR: reassure
/// Tells systemd three times within the time that its unit allows that the shop is
/// well (`WatchdogSec=` in systemd.service(5)). After a failed sync it is silent, and
/// when every worker hangs, this hangs as well: then systemd starts the shop again.
/// Where no systemd wants to hear it, it does nothing.
pub async fn reassure(pets: Arc<impl Repository>) {
    let Some(allowed) = sd_notify::watchdog_enabled() else {
        return;
    };
    loop {
        if pets.check().await.is_ok() {
            let _ = sd_notify::notify(&[Watchdog]);
        }
        tokio::time::sleep(allowed / 3).await;
    }
}
// ANCHOR_END: reassure
