//! The nearest name that exists, for messages about one that does not.

/// The known name that is most like `wanted`; `None` when none is like it at all.
pub fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    best(wanted, known)
        .filter(|(likeness, _)| *likeness > 0.6)
        .map(|(_, name)| name)
}

/// The end of a sentence about an unknown name: `; the nearest is …`, or nothing.
pub fn or_nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(wanted, known)
        .map(|name| format!("; the nearest is `{name}`"))
        .unwrap_or_default()
}

/// A clause about an unknown name, for where there are few: `the nearest is …`, whatever it is, or `there are none yet`.
pub fn hint<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    match best(wanted, known) {
        Some((_, name)) => format!("the nearest is `{name}`"),
        None => "there are none yet".to_owned(),
    }
}

fn best<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<(f64, &'a str)> {
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(wanted, name), name))
        .max_by(|(a, one), (b, other)| a.total_cmp(b).then(other.cmp(one)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_the_one_with_a_slip_of_the_pen() {
        let known = ["append", "replay", "open"];
        assert_eq!(nearest("apend", known), Some("append"));
        assert_eq!(nearest("repaly", known), Some("replay"));
        assert_eq!(nearest("xyz", known), None);
        assert_eq!(or_nearest("opne", known), "; the nearest is `open`");
        assert_eq!(or_nearest("xyz", known), "");
        assert_eq!(hint("opne", known), "the nearest is `open`");
        assert_eq!(hint("opne", []), "there are none yet");
    }
}
