//! Opens what is sealed for whoever has to know: for whom the shop answers, and the provider, who
//! charges a card.

use std::collections::{HashMap, HashSet};

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use aws_lambda_events::encodings::Body;
use ch03_platform::failure::Failure;
use ch10_processes::provider::{Charge, Charges, NewCharge, NewRefund, Payments, Refund, Trouble};
use futures_util::future::try_join_all;
use serde_json::Value;

use crate::people::People;
use crate::person::Sealed;

/// What is told in the place of what nobody can read any more.
pub const FORGOTTEN: &str = "(forgotten)";

/// The fields of an answer that may be a person's.
const SEALED: [&str; 2] = ["customer", "reason"];

// ANCHOR: opened
/// An answer of the shop as it is told: with everything opened in it of which there is a key. Each
/// person is looked for once, and all at the same time.
///
/// # Errors
///
/// When the table of the keys is away.
pub async fn opened(
    people: &People,
    mut response: ApiGatewayV2httpResponse,
) -> Result<ApiGatewayV2httpResponse, Failure> {
    let Some(Body::Text(text)) = &mut response.body else {
        return Ok(response);
    };
    let Ok(mut told) = serde_json::from_str(text) else {
        return Ok(response);
    };
    let mut sealed = vec![];
    find(&mut told, &mut sealed);
    if sealed.is_empty() {
        return Ok(response);
    }
    let whose: HashSet<_> = sealed.iter().map(|(_, text)| text.person.clone()).collect();
    let known = whose.iter().map(|id| people.person(id));
    let known: HashMap<_, _> = whose.iter().zip(try_join_all(known).await?).collect();
    for (place, text) in sealed {
        let person = known.get(&text.person).and_then(Option::as_ref);
        let opened = person.and_then(|person| person.open(&text));
        *place = opened.unwrap_or_else(|| FORGOTTEN.to_owned());
    }
    *text = told.to_string();
    Ok(response)
}
// ANCHOR_END: opened

/// What is sealed in a part of an answer, and where it stands.
fn find<'a>(told: &'a mut Value, sealed: &mut Vec<(&'a mut String, Sealed)>) {
    match told {
        Value::Array(items) => items.iter_mut().for_each(|item| find(item, sealed)),
        Value::Object(fields) => {
            for (name, value) in fields {
                let may_be = SEALED.contains(&name.as_str());
                match (value, may_be) {
                    (Value::String(text), true) => {
                        if let Some(read) = Sealed::read(text) {
                            sealed.push((text, read));
                        }
                    }
                    (other, _) => find(other, sealed),
                }
            }
        }
        _ => {}
    }
}

// ANCHOR: opening
/// A provider that is told what it has to be told, and no more than that is opened for it.
#[derive(Debug)]
pub struct Opening<M> {
    /// The provider.
    pub payments: M,
    /// Who has the keys.
    pub people: People,
}

impl<M: Payments> Payments for Opening<M> {
    /// Nobody charges the card of a person who is forgotten. The checkout waits until its time
    /// is over, and finds then that there is no charge.
    async fn charge(&self, key: &str, new: &NewCharge) -> Result<Charge, Trouble> {
        let card = self
            .people
            .open(&new.card)
            .await
            .map_err(|failure| unclear(&failure))?;
        let card = card.ok_or_else(|| Trouble::Unclear("whose card it is was forgotten".into()))?;
        let new = NewCharge {
            card,
            ..new.clone()
        };
        self.payments.charge(key, &new).await
    }
    // ANCHOR_END: opening

    async fn refund(&self, key: &str, new: &NewRefund) -> Result<Refund, Trouble> {
        self.payments.refund(key, new).await
    }

    async fn charges(&self, reference: &str) -> Result<Charges, Trouble> {
        self.payments.charges(reference).await
    }
}

fn unclear(failure: &Failure) -> Trouble {
    Trouble::Unclear(failure.to_string())
}
