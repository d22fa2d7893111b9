//! The fake provider and the way to it, over HTTP on this machine.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use ch07_events::clock::now;
use ch10_processes::provider::client::Http;
use ch10_processes::provider::ledger::Account;
use ch10_processes::provider::server::{Fails, Hook, Mood, Provider};
use ch10_processes::provider::{
    NewCharge, NewRefund, Notice, NoticeKind, Payments, Refusal, Status, Trouble,
};
use ch10_processes::time::millis;
use ch10_processes::webhook::{SIGNATURE, Secrets};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

const SECRET: &str = "tulips-tulips-tulips";

/// Nobody waits longer.
const LONGEST: Duration = Duration::from_secs(30);

/// Serves these routes; says where.
async fn serve(routes: Router) -> Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    Ok(address)
}

/// A provider with two cards, and a way to it.
async fn provider(hook: Option<Hook>) -> Result<(Arc<Provider>, Http)> {
    let provider = Provider::new(hook);
    for (card, is_blocked) in [("ada", false), ("ben", true)] {
        let account = Account {
            amount: 20_000,
            is_blocked,
        };
        provider.ledger().set_card(card, account);
    }
    let address = serve(Arc::clone(&provider).routes()).await?;
    Ok((
        provider,
        Http::believing(&address, Duration::from_secs(2), &[]),
    ))
}

fn gustav(reference: &str, card: &str) -> NewCharge {
    NewCharge {
        reference: reference.into(),
        card: card.into(),
        amount: 12_000,
        currency: "EUR".into(),
        expires_at: millis(now() + Duration::from_mins(15)),
    }
}

fn is_unclear<T>(answer: &Result<T, Trouble>) -> bool {
    matches!(answer, Err(Trouble::Unclear(_)))
}

fn fails(fails: Fails) -> Mood {
    Mood {
        fails,
        times: Some(1),
        ..Mood::default()
    }
}

#[tokio::test]
async fn whatever_was_unclear_is_clear_when_it_is_asked_again() -> Result<()> {
    let (provider, http) = provider(None).await?;
    for (number, mood) in (1..).zip([Fails::Before, Fails::After, Fails::Away]) {
        let (key, new) = (
            format!("{number}/charge"),
            gustav(&number.to_string(), "ada"),
        );
        let account = Account {
            amount: 12_000,
            is_blocked: false,
        };
        provider.ledger().set_card("ada", account);
        provider.behave(fails(mood));
        ensure!(is_unclear(&http.charge(&key, &new).await), "{mood:?}");
        let charge = http.charge(&key, &new).await?;
        assert_eq!(charge.status, Status::Succeeded, "{mood:?}");
        assert_eq!(http.charge(&key, &new).await?, charge);
        assert_eq!(provider.ledger().shop(), 12_000 * number);
        let found = http.charges(&number.to_string()).await?;
        assert_eq!(found.charges, [charge]);
    }
    Ok(())
}

#[tokio::test]
async fn money_comes_back_once() -> Result<()> {
    let (provider, http) = provider(None).await?;
    let charge = http.charge("1/charge", &gustav("1", "ada")).await?;
    let new = NewRefund { charge: charge.id };
    provider.behave(fails(Fails::After));
    ensure!(is_unclear(&http.refund("1/refund", &new).await));
    let refund = http.refund("1/refund", &new).await?;
    assert_eq!(refund.amount, 12_000);
    let other = http.refund("other", &new).await;
    assert_eq!(other, Err(Trouble::Refused(Refusal::AlreadyRefunded)));
    assert_eq!(provider.ledger().shop(), 0);
    Ok(())
}

#[tokio::test]
async fn what_the_provider_will_not_do_it_says() -> Result<()> {
    let (_provider, http) = provider(None).await?;
    let declined = http.charge("1/charge", &gustav("1", "ben")).await?;
    assert_eq!(declined.status, Status::Declined);
    let other = http.charge("1/charge", &gustav("2", "ben")).await;
    assert_eq!(other, Err(Trouble::Refused(Refusal::KeyReused)));
    let unknown = NewRefund { charge: "?".into() };
    let refused = http.refund("1/refund", &unknown).await;
    assert_eq!(refused, Err(Trouble::Refused(Refusal::UnknownCharge)));
    let refused = http.charge("", &gustav("3", "ada")).await;
    assert_eq!(refused, Err(Trouble::Refused(Refusal::Malformed)));
    // A name that would be another query, if nobody took care.
    assert_eq!(http.charges("1&reference=2 #").await?.charges, []);
    let gone = Http::new("http://127.0.0.1:1")?.charges("1").await;
    ensure!(is_unclear(&gone));
    Ok(())
}

/// The shop's end of a webhook: believes what is signed, and says that it could not hear.
async fn listen(
    State((heard, secrets)): State<(UnboundedSender<Notice>, Secrets)>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let header = headers
        .get(SIGNATURE)
        .and_then(|header| header.to_str().ok());
    match secrets.verify(header.unwrap_or_default(), &body, now()) {
        Ok(notice) => heard
            .send(notice)
            .map_or(StatusCode::GONE, |()| StatusCode::SERVICE_UNAVAILABLE),
        Err(_) => StatusCode::UNAUTHORIZED,
    }
}

async fn hook() -> Result<(Hook, UnboundedReceiver<Notice>)> {
    let (sender, notices) = unbounded_channel();
    let secrets = Secrets::parse(SECRET)?;
    let routes = Router::new().route("/webhook", post(listen));
    let address = serve(routes.with_state((sender, secrets.clone()))).await?;
    let hook = Hook::new(
        Some(format!("{address}/webhook")),
        secrets,
        Duration::from_millis(5),
    );
    Ok((hook, notices))
}

#[tokio::test]
async fn the_shop_is_told_three_times_if_it_does_not_hear() -> Result<()> {
    let (hook, mut notices) = hook().await?;
    let (_provider, http) = provider(Some(hook)).await?;
    let new = gustav("1", "ada");
    let charge = http.charge("1/charge", &new).await?;
    http.charge("1/charge", &new).await?;
    for _ in 0..3 {
        let notice = timeout(LONGEST, notices.recv()).await?;
        let notice = notice.context("it tells no more")?;
        assert_eq!(
            (notice.kind, &notice.charge),
            (NoticeKind::Succeeded, &charge)
        );
    }
    // What was asked for again is not told again, and the next is of something else.
    http.refund("1/refund", &NewRefund { charge: charge.id })
        .await?;
    let notice = timeout(LONGEST, notices.recv()).await?;
    assert_eq!(notice.map(|notice| notice.kind), Some(NoticeKind::Refunded));
    Ok(())
}

#[test]
fn what_is_no_address_of_a_provider_is_told() {
    for address in ["127.0.0.1:8081", "ftp://127.0.0.1", ""] {
        let why = Http::new(address).map_err(|why| why.to_string());
        assert!(
            matches!(&why, Err(why) if why.contains("neither https://")),
            "{why:?}"
        );
    }
}
