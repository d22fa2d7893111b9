//! The nearest name that exists, for messages about one that does not.

/// `the nearest is X`, or `there are none`.
pub fn hint<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    match nearest(wanted, known) {
        Some(name) => format!("the nearest is `{name}`"),
        None => "there are none yet".to_owned(),
    }
}

/// The name of `known` that is most like `wanted`.
pub fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(wanted, name), name))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}
