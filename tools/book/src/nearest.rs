//! The nearest name that exists, for messages about one that does not.

/// The known name that is most like `wanted`; `None` when none is like it.
pub fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .filter(|name| is_like(wanted, name))
        .map(|name| (strsim::jaro_winkler(wanted, name), name))
        .max_by(|(a, one), (b, other)| a.total_cmp(b).then(other.cmp(one)))
        .map(|(_, name)| name)
}

/// Whether the one may be meant by who wrote the other: it is the beginning of it, or at most two of five letters differ. A suggestion that
/// is far off is worse than none.
fn is_like(one: &str, other: &str) -> bool {
    let (one_len, other_len) = (one.chars().count(), other.chars().count());
    let begins = one.starts_with(other) || other.starts_with(one);
    let (shorter, longer) = (one_len.min(other_len), one_len.max(other_len));
    (begins && shorter > 2) || strsim::osa_distance(one, other) * 5 <= longer * 2
}

/// The end of a sentence about an unknown name: `; the nearest is …`, or nothing.
pub fn or_nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(wanted, known)
        .map(|name| format!("; the nearest is `{name}`"))
        .unwrap_or_default()
}

/// A clause about an unknown name, for where there are few: `the nearest is …`, `there are …` or `there are none yet`.
pub fn hint<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let mut known: Vec<&str> = known.into_iter().collect();
    if let Some(name) = nearest(wanted, known.iter().copied()) {
        return format!("the nearest is `{name}`");
    }
    known.sort_unstable();
    match known.as_slice() {
        [] => "there are none yet".to_owned(),
        [only] => format!("there is only `{only}`"),
        [all @ .., last] => format!("there are `{}` and `{last}`", all.join("`, `")),
    }
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
        assert_eq!(nearest("nope.rs", ["peers", "chapters-code"]), None);
        assert_eq!(hint("opne", known), "the nearest is `open`");
        assert_eq!(
            hint("xyz", known),
            "there are `append`, `open` and `replay`"
        );
        assert_eq!(hint("xyz", ["open"]), "there is only `open`");
        assert_eq!(hint("opne", []), "there are none yet");
    }
}
