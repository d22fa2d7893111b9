//! What the shop does for its staff alone, if it has one.

use super::problem::{Reply, problem};
use super::request::Request;
use super::{Fault, Shop, routes};

/// Answers, unless the request is one of the staff's and comes from somebody else.
pub fn answer(shop: &Shop, request: &Request) -> Reply {
    let refuses = shop.staff_key.as_ref().is_some_and(|key| {
        is_theirs(shop, request)
            && !has_sent(shop, request, key)
            && !shop.is(Fault::LetsEverybodyIn)
    });
    if !refuses {
        return routes::answer(shop, request);
    }
    if shop.is(Fault::DoesItAndSaysNo) {
        routes::answer(shop, request);
    }
    let reply = problem(401, "not-staff", "This is for the staff.");
    if shop.is(Fault::NeverSaysHowToComeIn) {
        return reply;
    }
    reply.with("WWW-Authenticate", "Bearer")
}

fn is_theirs(shop: &Shop, request: &Request) -> bool {
    let path = request.target.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    match (request.method.as_str(), &parts[..]) {
        ("POST", ["pets"] | ["pets", _, "return"])
        | ("GET" | "HEAD", ["pets", _, "history"] | ["reports", _]) => true,
        ("DELETE", ["customers", _]) => !shop.is(Fault::ForgetsForStrangers),
        ("POST", ["adoptions"]) => shop.is(Fault::AsksCustomersForAKey),
        _ => false,
    }
}

fn has_sent(shop: &Shop, request: &Request, key: &str) -> bool {
    let field = String::from_utf8_lossy(request.field("authorization").unwrap_or_default());
    let Some((scheme, given)) = field.split_once(' ') else {
        return false;
    };
    let is_key = given == key || shop.is(Fault::BelievesAnyKey);
    scheme.eq_ignore_ascii_case("bearer") && is_key
}
