//! Where customers begin a checkout, and ask how it stands.

use std::sync::Arc;
use std::time::Duration;

use ch01_bare_server::fields::{Complaint, Fields};
use ch01_bare_server::json::pet as in_json;
use ch01_bare_server::pets::{Customer, Pet, PetId, Refusal};
use ch01_bare_server::problem::Problem;
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::order::Key;
use ch03_platform::failure::Failure;
use ch03_platform::items::is_id;
use ch07_events::clock::now;
use ch08_event_sourcing::shop::{self, Business, Shop, issued};
use event_store::{Dynamo, Store, Stored};
use serde_json::{Value, json};

use crate::checkout::{Card, Checkout, CheckoutId, Fact, Hold, Payment, Progress, Terms, Why};
use crate::performer::{AnyCheckout, Stuck, tell};
use crate::pets::{Pets, State};

/// What a checkout follows from.
const CUSTOMER: &str = "customer";

/// Where customers pay.
#[derive(Debug)]
pub struct Till<C: Stored = Checkout, P: Business = Pets> {
    /// The pets.
    pub shop: Shop<P>,
    /// The checkouts.
    pub checkouts: Store<C, Arc<Dynamo>>,
    /// How long one may take.
    pub lasts: Duration,
}

/// What a customer asks for: the body of `POST /pets/{id}/checkout`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Who.
    pub customer: Customer,
    /// Who pays.
    pub card: Card,
}

impl Wanted {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// All that is wrong with it.
    pub fn read(body: &Value) -> Result<Self, Vec<Complaint>> {
        let mut fields = Fields::of(Some(body), "");
        let customer = Customer(fields.text("customer", 1..=80));
        let card = Card(fields.text("card", 1..=80));
        fields.end(Self { customer, card })
    }
}

impl<C, P> Till<C, P>
where
    C: AnyCheckout,
    P: Business<State = State>,
{
    // ANCHOR: begin
    /// Begins a checkout. Nothing is reserved yet, and nothing is charged; that is written which
    /// has others do it. Whoever asks again with the same key is told of the same checkout.
    ///
    /// # Errors
    ///
    /// A [`Failure`] within 2 s: it may have begun, or not.
    pub async fn begin(
        &self,
        pet: &PetId,
        wanted: Wanted,
        key: Option<&Key>,
    ) -> Result<Answer, Failure> {
        if !is_id(pet) {
            return Ok(Refusal::UnknownPet(pet.clone()).into());
        }
        self.shop.bounded(self.begun(pet, wanted, key)).await
    }

    async fn begun(
        &self,
        pet: &PetId,
        wanted: Wanted,
        key: Option<&Key>,
    ) -> Result<Answer, Failure> {
        let named = Box::pin(self.shop.name(key, &issued(key))).await?;
        let id = match named {
            Ok(name) => CheckoutId(name.0),
            Err(wrong) => return Ok(wrong.into()),
        };
        let known = self
            .checkouts
            .load(&id.stream())
            .await
            .map_err(shop::failure)?
            .state;
        if let Some(progress) = known {
            return Ok(accepted(&id, &progress));
        }
        let state = self
            .shop
            .pets
            .load(&shop::stream(pet))
            .await
            .map_err(shop::failure)?
            .state;
        let pet = match to_be_had::<P>(state, pet, &id) {
            Ok(pet) => pet,
            Err(answer) => return Ok(answer),
        };
        let terms = Terms {
            pet: pet.id,
            customer: wanted.customer,
            card: wanted.card,
            price: pet.about.price,
            deadline: now() + self.lasts,
        };
        let begun = Fact::Begun(terms);
        let told = tell(&self.checkouts, &id, &begun, CUSTOMER, now()).await;
        let progress = told.map_err(failure)?;
        Ok(progress.map_or_else(unknown, |progress| accepted(&id, &progress)))
    }
    // ANCHOR_END: begin

    /// How a checkout stands.
    ///
    /// # Errors
    ///
    /// A [`Failure`] within 2 s.
    pub async fn show(&self, id: &CheckoutId) -> Result<Answer, Failure> {
        if !is_id(&PetId(id.0.clone())) {
            return Ok(unknown());
        }
        let load = async {
            self.checkouts
                .load(&id.stream())
                .await
                .map_err(shop::failure)
        };
        let progress = self.shop.bounded(load).await?.state;
        Ok(progress.map_or_else(unknown, |progress| Answer::ok(&told(id, &progress))))
    }
}

/// A pet as customers see it. One that is kept for somebody is told apart from one that waits.
///
/// # Errors
///
/// A [`Failure`] within 2 s.
pub async fn show_pet<P: Business<State = State>>(
    shop: &Shop<P>,
    id: &PetId,
) -> Result<Answer, Failure> {
    let unknown = || Answer::from(Refusal::UnknownPet(id.clone()));
    if !is_id(id) {
        return Ok(unknown());
    }
    let load = async {
        shop.pets
            .load(&shop::stream(id))
            .await
            .map_err(shop::failure)
    };
    let state = shop.bounded(load).await?.state;
    let is_reserved = state.reserved.is_some();
    let Some(pet) = state.pet else {
        return Ok(unknown());
    };
    let mut told = in_json(&pet);
    if is_reserved {
        told["status"] = "reserved".into();
    }
    Ok(Answer::ok(&told))
}

/// The pet, if this checkout may have it. It may be gone when the checkout asks for it.
fn to_be_had<P: Business<State = State>>(
    state: State,
    pet: &PetId,
    by: &CheckoutId,
) -> Result<Pet, Answer> {
    let refused = state.may_be_reserved(pet.clone(), by).err();
    match (refused, P::pet(state)) {
        (Some(refusal), _) => Err(Pets::refused(refusal).into()),
        (None, pet) => pet.ok_or_else(unknown),
    }
}

/// It has begun, and that is all that is said of it: whoever asks again is told the same.
fn accepted(id: &CheckoutId, progress: &Progress) -> Answer {
    let mut answer = Answer::ok(&about(id, progress));
    answer.status = 202;
    answer.location = Some(format!("/checkouts/{id}"));
    answer
}

fn about(id: &CheckoutId, progress: &Progress) -> Value {
    let price = &progress.terms.price;
    let price = json!({ "amount": price.amount, "currency": price.currency });
    json!({ "id": id.0, "pet": progress.terms.pet.0, "price": price })
}

/// How it stands, in the words of its customer.
fn told(id: &CheckoutId, progress: &Progress) -> Value {
    let mut told = about(id, progress);
    told["status"] = match (progress.is_over(), progress.hold) {
        (true, Hold::Adopted) => "adopted",
        (true, _) => "given-up",
        (false, _) => "open",
    }
    .into();
    told["payment"] = payment(progress.payment).into();
    if let Some(why) = progress.why {
        told["reason"] = reason(why).into();
    }
    told
}

fn payment(payment: Payment) -> &'static str {
    match payment {
        Payment::NotAsked => "not-asked",
        Payment::Unclear => "unclear",
        Payment::NotCharged => "not-charged",
        Payment::Charged => "charged",
        Payment::Refunding => "refunding",
        Payment::Refunded => "refunded",
    }
}

fn reason(why: Why) -> &'static str {
    match why {
        Why::Unavailable => "the pet was not to be had",
        Why::NotPaid => "the card was not charged",
        Why::Late => "it took too long",
        Why::Lost => "the pet was not kept any more",
    }
}

fn unknown() -> Answer {
    let title = "The shop does not know this checkout";
    Problem::new(
        404,
        "checkout-not-found",
        title,
        "look at the Location of the answer to its POST",
    )
    .into()
}

fn failure(stuck: Stuck) -> Failure {
    match stuck {
        Stuck::Streams(failure) => shop::failure(failure),
        other => Failure::Refused(other.to_string()),
    }
}
