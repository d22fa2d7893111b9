//! What the types of `src/provider.rs` say is what `provider.yaml` promises.

use anyhow::{Context, Result, bail};
use ch10_processes::provider::{
    Charge, Charges, NewCharge, NewRefund, Notice, NoticeKind, Refund, Refusal, Status,
};
use serde::Serialize;
use serde_json::{Value, json};

/// The schema of this name, with all others beside it.
fn schema(name: &str) -> Result<Value> {
    let contract: Value = serde_saphyr::from_str(include_str!("../provider.yaml"))?;
    let components = contract["components"].clone();
    let reference = format!("#/components/schemas/{name}");
    Ok(json!({ "$ref": reference, "components": components }))
}

fn fits(name: &str, value: &impl Serialize) -> Result<()> {
    let validator = jsonschema::validator_for(&schema(name)?)?;
    let value = json!(value);
    if let Err(error) = validator.validate(&value) {
        bail!("{name}: {error}: {value}");
    }
    // It is a schema that says no.
    let mut more = value;
    more["more"] = json!(true);
    anyhow::ensure!(!validator.is_valid(&more), "{name} takes anything");
    Ok(())
}

fn charge(status: Status, reason: Option<&str>) -> Charge {
    Charge {
        id: "ch_1".into(),
        reference: "1".into(),
        card: "ada".into(),
        amount: u32::MAX,
        currency: "EUR".into(),
        status,
        reason: reason.map(str::to_owned),
        created_at: 1_795_000_000_000,
    }
}

#[test]
fn what_is_sent_is_what_the_contract_says() -> Result<()> {
    let new = NewCharge {
        reference: "1".into(),
        card: "ada".into(),
        amount: 0,
        currency: "EUR".into(),
        expires_at: 0,
    };
    fits("NewCharge", &new)?;
    let declined = charge(Status::Declined, Some("expired"));
    let succeeded = charge(Status::Succeeded, None);
    fits("Charge", &declined)?;
    for kind in [
        NoticeKind::Succeeded,
        NoticeKind::Declined,
        NoticeKind::Refunded,
    ] {
        let id = "ch_1".into();
        let charge = succeeded.clone();
        fits("Notice", &Notice { id, kind, charge })?;
    }
    let charges = vec![declined, succeeded];
    fits("Charges", &Charges { charges, as_of: 0 })?;
    fits(
        "NewRefund",
        &NewRefund {
            charge: "ch_1".into(),
        },
    )?;
    let refund = Refund {
        id: "re_1".into(),
        charge: "ch_1".into(),
        amount: 1,
        currency: "EUR".into(),
        created_at: 0,
    };
    fits("Refund", &refund)
}

#[test]
fn each_refusal_is_in_the_contract() -> Result<()> {
    for refusal in [
        Refusal::Malformed,
        Refusal::UnknownCharge,
        Refusal::NotCharged,
        Refusal::AlreadyRefunded,
        Refusal::KeyReused,
    ] {
        let name = json!(refusal);
        let name = name.as_str().context("a name")?;
        let kind = format!("/problems/{name}");
        let problem = json!({ "type": kind, "title": refusal.to_string(),
            "status": refusal.status() });
        fits("Problem", &problem)?;
    }
    Ok(())
}
