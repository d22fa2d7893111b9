use super::*;

/// A rung that keeps everything, with `line` in the place of its P3.
fn rung_toml(p3: &str) -> String {
    let promises = Promise::all().map(|promise| match promise.to_string().as_str() {
        "P3" => format!("{p3}\n"),
        other => format!("{other} = {{ state = \"kept\", reason = \"It is.\" }}\n"),
    });
    let promises: String = promises.collect();
    format!(
        "number = 1\ntitle = \"t\"\npackage = \"p\"\nbin = \"b\"\nwith-a-bug = \"w\"\ndisk = \"D\"\n\
         second-instance = \"own-disk\"\npersistence-changed = false\nloops = 1\n[promises]\n{promises}"
    )
}

fn error_of(p3: &str) -> String {
    format!("{:#}", parse(&rung_toml(p3)).unwrap_err())
}

#[test]
fn every_promise_has_a_state_and_a_reason() {
    assert!(parse(&rung_toml("P3 = { state = \"kept\", reason = \"It is.\" }")).is_ok());
    assert_eq!(error_of(""), "rung 1 says nothing of P3");
    assert_eq!(
        error_of("P3 = { state = \"kept\", reason = \"it is\" }"),
        "rung 1 gives no reason for P3, which is a plain sentence"
    );
    let shows = "rung 1, P3: `shows` belongs to what is declared broken, and only there";
    assert_eq!(
        error_of("P3 = { state = \"broken\", reason = \"It is.\" }"),
        shows
    );
    assert_eq!(
        error_of("P3 = { state = \"kept\", reason = \"It is.\", shows = \"x\" }"),
        shows
    );
    assert!(
        error_of("P3 = { state = \"nearly\", reason = \"It is.\" }").contains("unknown variant")
    );
}

#[test]
fn what_a_rung_keeps_has_one_place() {
    let rung = rung_toml("P3 = { state = \"kept\", reason = \"It is.\" }");
    let error = |from: &str, to: &str| {
        assert!(rung.contains(from), "{from}");
        format!("{:#}", parse(&rung.replace(from, to)).unwrap_err())
    };
    let database = "database = \"dynamodb\"";
    for to in ["", &format!("disk = \"D\"\n{database}")] {
        assert_eq!(
            error("disk = \"D\"", to),
            "rung 1: `disk` or `database`: one of them, for what it keeps has one place"
        );
    }
    let belongs = "rung 1: `same-database` and `release` are for a rung with a `database`";
    assert_eq!(error("own-disk", "same-database"), belongs);
    assert_eq!(error("disk = \"D\"", "disk = \"D\"\nrelease = []"), belongs);
    let elsewhere = rung.replace(
        "disk = \"D\"",
        &format!("{database}\nrelease = [\"release\"]"),
    );
    assert!(parse(&elsewhere.replace("own-disk", "same-database")).is_ok());
}

#[test]
fn a_rung_may_have_a_host_and_a_staff() {
    let rung = rung_toml("P3 = { state = \"kept\", reason = \"It is.\" }");
    let read = |text: &str| parse(text).unwrap();
    let alone = read(&rung);
    assert_eq!((alone.host.as_deref(), alone.staff_key()), (None, None));
    let hosted = rung.replace(
        "package = \"p\"",
        "package = \"p\"\nhost = \"h\"\nstaff-key = \"k\"",
    );
    let hosted = read(&hosted);
    assert_eq!(
        (hosted.host.as_deref(), hosted.staff_key()),
        (Some("h"), Some("k"))
    );
}

fn declaration(state: State, shows: Option<&str>) -> Declaration {
    Declaration {
        state,
        reason: "It is.".to_owned(),
        shows: shows.map(str::to_owned),
    }
}

fn finding(seen: Seen, breaks_contract: bool) -> Finding {
    let promise: Promise = "P3".parse().unwrap();
    Finding {
        promise,
        title: promise.title(),
        seen,
        lines: vec!["3 were told that it is theirs.".to_owned()],
        breaks_contract,
    }
}

#[test]
fn what_is_seen_must_be_what_is_declared_both_ways() {
    let (kept, broken) = (
        declaration(State::Kept, None),
        declaration(State::Broken, Some("3 were told")),
    );
    let does_not_arise = declaration(State::DoesNotArise, None);
    assert!(kept.agrees_with(&finding(Seen::Kept, false)).is_ok());
    assert!(broken.agrees_with(&finding(Seen::Broken, false)).is_ok());
    assert!(
        does_not_arise
            .agrees_with(&finding(Seen::Kept, false))
            .is_ok()
    );
    for (declared, seen) in [
        (&kept, Seen::Broken),
        (&broken, Seen::Kept),
        (&does_not_arise, Seen::Broken),
        (&kept, Seen::NotAsked),
        (&broken, Seen::NotAsked),
    ] {
        assert!(
            declared.agrees_with(&finding(seen, false)).is_err(),
            "{declared:?} {seen:?}"
        );
    }
}

#[test]
fn it_must_break_for_the_reason_given_and_keep_to_the_contract_meanwhile() {
    let otherwise = declaration(State::Broken, Some("Nobody was told"));
    assert!(
        otherwise
            .agrees_with(&finding(Seen::Broken, false))
            .is_err()
    );
    let broken = declaration(State::Broken, Some("3 were told"));
    assert!(broken.agrees_with(&finding(Seen::Broken, true)).is_err());
}
