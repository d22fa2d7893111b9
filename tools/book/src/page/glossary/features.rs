//! What a reader may look for, with the page and the file: `book/features.toml`.
//!
//! ```toml
//! [[group]]
//! title = "At the counter"
//!
//! [[group.feature]]
//! feature = "a request is repeated with its key"
//! page = "ch06-state#a-key-for-a-wish"
//! file = "chapters-code/ch06-state/src/keys.rs"
//! infra = "infra/ch06-state/template.yaml"
//! ```

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use toml::Spanned;

use super::entries::line;
use crate::workspace::Workspace;

/// Where the features are, from the root of the workspace.
pub(super) const FILE: &str = "book/features.toml";

/// The features in their groups.
#[derive(Debug)]
pub(super) struct Features {
    pub(super) groups: Vec<Group>,
}

/// Features that somebody would look for together.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) title: String,
    pub(super) features: Vec<Feature>,
}

/// Something that the shop does.
#[derive(Debug)]
pub(super) struct Feature {
    /// The line of the file, counted from 1.
    pub(super) line: usize,
    /// What somebody would look for; may have `inline code`.
    pub(super) name: String,
    /// The stem of the page that is about it, and the id of a heading there.
    pub(super) page: String,
    pub(super) heading: Option<String>,
    /// The file of the program that does it, from the root of the workspace.
    pub(super) file: String,
    /// The file that deploys it.
    pub(super) infra: Option<String>,
}

impl Features {
    /// All features of all groups.
    pub(super) fn all(&self) -> impl Iterator<Item = &Feature> {
        self.groups.iter().flat_map(|group| &group.features)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default)]
    group: Vec<RawGroup>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawGroup {
    title: String,
    #[serde(default)]
    feature: Vec<RawFeature>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFeature {
    feature: Spanned<String>,
    page: String,
    file: String,
    infra: Option<String>,
}

/// The features; `None` when there is no such file.
///
/// # Errors
///
/// A file that is not valid, an unknown key, a group without a title or without a feature.
pub(super) fn load(workspace: &Workspace) -> Result<Option<Features>> {
    let path = workspace.root().join(FILE);
    if !path.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&path).with_context(|| format!("{FILE} cannot be read"))?;
    parse(&text).context(FILE).map(Some)
}

/// Reads the text of the file.
pub(super) fn parse(text: &str) -> Result<Features> {
    let raw: Raw = toml::from_str(text)?;
    let mut groups = Vec::new();
    for RawGroup { title, feature } in raw.group {
        ensure!(!title.trim().is_empty(), "a group has no title");
        ensure!(!feature.is_empty(), "the group `{title}` has no feature");
        let features = feature.into_iter().map(|raw| {
            let (page, heading) = match raw.page.split_once('#') {
                Some((page, heading)) => (page.to_owned(), Some(heading.to_owned())),
                None => (raw.page, None),
            };
            Feature {
                line: line(text, &raw.feature),
                name: raw.feature.into_inner(),
                page,
                heading,
                file: raw.file,
                infra: raw.infra,
            }
        });
        groups.push(Group {
            features: features.collect(),
            title,
        });
    }
    Ok(Features { groups })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feature_has_its_line_its_page_and_its_heading() {
        let text = "[[group]]\ntitle = 'Sales'\n\n[[group.feature]]\nfeature = 'a sale'\npage = 'ch01#once'\nfile = 'a.rs'\n\n\
                    [[group.feature]]\nfeature = 'a look'\npage = 'ch01'\nfile = 'b.rs'\ninfra = 'c.yaml'\n";
        let features = parse(text).unwrap();
        let all: Vec<_> = features.all().collect();
        assert_eq!((all[0].line, all[1].line), (5, 10));
        assert_eq!(all[0].page, "ch01");
        assert_eq!(all[0].heading.as_deref(), Some("once"));
        assert_eq!(
            (&all[1].heading, all[1].infra.as_deref()),
            (&None, Some("c.yaml"))
        );
    }

    #[test]
    fn a_group_without_a_feature_is_refused() {
        let error = parse("[[group]]\ntitle = 'Sales'\n").unwrap_err();
        assert_eq!(error.to_string(), "the group `Sales` has no feature");
        let error = parse("[[group]]\ntitle = ' '\n").unwrap_err();
        assert_eq!(error.to_string(), "a group has no title");
    }
}
