//! The name that somebody may have meant.

/// The known name that is most like `wanted`; `None` when none is like it at all.
pub fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(wanted, name), name))
        .filter(|(likeness, _)| *likeness > 0.6)
        .max_by(|(a, one), (b, other)| a.total_cmp(b).then(other.cmp(one)))
        .map(|(_, name)| name)
}

/// The end of a message about an unknown name: `; the nearest is …`, or nothing.
pub fn hint<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(wanted, known)
        .map(|name| format!("; the nearest is `{name}`"))
        .unwrap_or_default()
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
        assert_eq!(hint("opne", known), "; the nearest is `open`");
        assert_eq!(hint("xyz", known), "");
    }
}
