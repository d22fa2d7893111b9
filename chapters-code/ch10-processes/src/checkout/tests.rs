use std::time::Duration;

use event_store::Stored;
use event_store::spec::given;

use super::states::facts;
use super::*;

const DEADLINE: Duration = Duration::from_mins(15);

pub(super) fn terms() -> Terms {
    match facts().into_iter().next() {
        Some(Fact::Begun(terms)) => terms,
        other => panic!("{other:?}"),
    }
}

fn begun() -> Vec<Event> {
    vec![Event::Begun(terms()), Event::ReservationWanted]
}

fn reserved() -> Vec<Event> {
    [begun(), vec![Event::Reserved, Event::ChargeWanted]].concat()
}

pub(super) fn charge() -> ChargeId {
    ChargeId("ch_1".into())
}

pub(super) fn charged() -> Vec<Event> {
    let charged = vec![Event::Charged(charge()), Event::ConfirmationWanted];
    [reserved(), charged].concat()
}

/// Given up while nobody knew whether the card was charged.
pub(super) fn unclear() -> Vec<Event> {
    let given_up = vec![
        Event::TimedOut(DEADLINE),
        Event::ReleaseWanted,
        Event::AnswerWanted,
    ];
    [reserved(), given_up].concat()
}

fn late() -> Fact {
    Fact::Late(DEADLINE)
}

// ANCHOR: spec
#[test]
fn a_checkout_reserves_charges_and_confirms() {
    given::<Checkout>([])
        .when(&Fact::Begun(terms()))
        .then(begun());
    given::<Checkout>(begun())
        .when(&Fact::Reserved)
        .then([Event::Reserved, Event::ChargeWanted]);
    given::<Checkout>(reserved())
        .when(&Fact::Charged(charge()))
        .then([Event::Charged(charge()), Event::ConfirmationWanted]);
    given::<Checkout>(charged())
        .when(&Fact::Confirmed)
        .then([Event::Confirmed]);
}

#[test]
fn a_charge_that_comes_after_all_is_given_back() {
    given::<Checkout>(unclear())
        .when(&Fact::Charged(charge()))
        .then([Event::Charged(charge()), Event::RefundWanted]);
    let released = [unclear(), vec![Event::Released]].concat();
    given::<Checkout>(released)
        .when(&Fact::Charged(charge()))
        .then([Event::Charged(charge()), Event::RefundWanted]);
}
// ANCHOR_END: spec

#[test]
fn a_pet_that_is_not_to_be_had_costs_nothing() {
    given::<Checkout>(begun())
        .when(&Fact::NotReserved("adopted".into()))
        .then([Event::NotReserved("adopted".into()), Event::ReleaseWanted]);
}

#[test]
fn a_declined_card_lets_the_pet_go() {
    given::<Checkout>(reserved())
        .when(&Fact::NotCharged("no money".into()))
        .then([Event::NotCharged("no money".into()), Event::ReleaseWanted]);
}

#[test]
fn a_charge_that_was_declined_and_succeeds_after_all_is_given_back() {
    let declined = [
        unclear(),
        vec![Event::NotCharged("expired".into()), Event::Released],
    ]
    .concat();
    given::<Checkout>(declined)
        .when(&Fact::Charged(charge()))
        .then([Event::Charged(charge()), Event::RefundWanted]);
}

#[test]
fn before_the_deadline_nothing_is_late() {
    let early = Fact::Late(DEADLINE.saturating_sub(Duration::from_millis(1)));
    given::<Checkout>(begun()).when(&early).then([]);
    given::<Checkout>(begun())
        .when(&late())
        .then([Event::TimedOut(DEADLINE), Event::ReleaseWanted]);
}

#[test]
fn when_it_is_late_and_nobody_knows_somebody_is_to_find_out() {
    given::<Checkout>(reserved()).when(&late()).then([
        Event::TimedOut(DEADLINE),
        Event::ReleaseWanted,
        Event::AnswerWanted,
    ]);
    given::<Checkout>(unclear())
        .when(&Fact::NotCharged("never asked".into()))
        .then([Event::NotCharged("never asked".into())]);
}

#[test]
fn no_money_is_given_back_before_the_pet_is_sure_to_stay() {
    let late_in_the_end = [
        charged(),
        vec![Event::TimedOut(DEADLINE), Event::ReleaseWanted],
    ]
    .concat();
    given::<Checkout>(charged())
        .when(&late())
        .then([Event::TimedOut(DEADLINE), Event::ReleaseWanted]);
    given::<Checkout>(late_in_the_end.clone())
        .when(&Fact::Released)
        .then([Event::Released, Event::RefundWanted]);
    // Unless the confirmation was faster.
    given::<Checkout>(late_in_the_end)
        .when(&Fact::Confirmed)
        .then([Event::Confirmed]);
}

#[test]
fn a_reservation_that_was_lost_is_paid_back() {
    given::<Checkout>(charged())
        .when(&Fact::NotConfirmed)
        .then([Event::NotConfirmed, Event::ReleaseWanted]);
}

#[test]
fn who_has_the_pet_has_paid_for_it_whatever_comes_later() {
    let adopted = [charged(), vec![Event::Confirmed]].concat();
    for fact in facts() {
        given::<Checkout>(adopted.clone()).when(&fact).then([]);
    }
}

#[test]
fn of_a_checkout_that_nobody_began_nothing_is_believed() {
    for fact in facts().into_iter().skip(1) {
        given::<Checkout>([]).when(&fact).then_refused(&Unknown);
    }
}

#[test]
fn names_are_in_the_order_of_their_times() {
    let early = CheckoutId::new(Duration::from_millis(999), [255; 10]);
    let late = CheckoutId::new(Duration::from_secs(1), [0; 10]);
    assert!(early < late && early.stream() < late.stream());
    assert_eq!(CheckoutId::of(&late.stream()), Some(late));
    assert_eq!(CheckoutId::of(&"pet#1".into()), None);
}

#[test]
fn an_event_that_nobody_knows_is_told_by_its_name() {
    let record = event_store::Record::new("Begun", 2, serde_json::json!({}));
    let told = Checkout::event(&record).unwrap_err();
    assert_eq!(told.0, "nobody knows Begun in version 2");
}
