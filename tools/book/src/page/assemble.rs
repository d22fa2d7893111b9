//! One page: from its source to the Markdown that mdBook gets, with all that is wrong with it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::accounting;
use super::blocks;
use super::directive::{Directive, Listing, directives};
use super::exercises;
use super::files::Files;
use super::glossary::{self, Lists};
use super::labels::Label;
use super::layout::{self, Lines, prefix};
use super::links::ids;
use super::listing::Listings;
use super::names::{Names, folders};
use super::prose::{self, Prose};
use super::raw;
use super::report::Counts;
use super::{figures, footnotes, source::display};
use crate::exercise::Exercise;
use crate::generated;
use crate::nearest::or_nearest;
use crate::redactions::Redaction;
use crate::session::{self, Block, Fault, Fence, Kind};
use crate::workspace::Workspace;

/// What all pages share.
pub(super) struct Shared<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) names: Names<'a>,
    pub(super) labels: &'a BTreeMap<String, Label>,
    pub(super) redactions: &'a BTreeMap<String, Redaction>,
    pub(super) lists: &'a Lists,
    /// What all pages say.
    pub(super) pages: &'a [glossary::Page],
    /// The exercises of all pages.
    pub(super) exercises: &'a [Exercise],
    pub(super) repository: Option<&'a str>,
}

/// A page, rendered and checked.
#[derive(Debug, Default)]
pub(super) struct Assembled {
    /// For mdBook.
    pub(super) markdown: String,
    pub(super) counts: Counts,
    pub(super) faults: Vec<Fault>,
    /// The places that a link can lead to.
    pub(super) ids: BTreeSet<String>,
    /// The links, with their lines.
    pub(super) links: Vec<(usize, String)>,
    pub(super) labels: BTreeSet<String>,
    pub(super) redactions: BTreeSet<String>,
}

/// What a directive becomes.
enum Part {
    /// A block of HTML in the place of the line.
    Block(String),
    /// A part of the line.
    Inline(String),
}

/// Renders and checks a page; `path` is relative to the root of the workspace.
pub(super) fn assemble(shared: &Shared<'_>, path: &Path, page: &str) -> Assembled {
    let (blocks, faults) = session::read(page);
    let directives = directives(page);
    let prose = prose::read(page, &directives);
    let mut assembly = Assembly {
        shared,
        path,
        folders: folders(shared.names.files, path),
        lines: Lines::new(page),
        page: Assembled {
            faults,
            ..Assembled::default()
        },
    };
    assembly.place_blocks(&blocks);
    assembly.place_directives(&directives);
    exercises::number(shared.exercises, path, &mut assembly.lines);
    assembly.lines.wrap_tables(&prose);
    assembly.account(&session::fences(page).0, &prose);
    assembly.read_prose(&prose);
    assembly.page.faults.extend(layout::faults(page));
    assembly.finish(prose)
}

struct Assembly<'a> {
    shared: &'a Shared<'a>,
    path: &'a Path,
    folders: Vec<PathBuf>,
    lines: Lines,
    page: Assembled,
}

impl Assembly<'_> {
    fn fault(&mut self, line: usize, message: impl Into<String>) {
        self.page.faults.push(Fault {
            line,
            message: message.into(),
        });
    }

    fn files(&self) -> &Files {
        self.shared.names.files
    }

    fn place_blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            let line = block.fence.line;
            for (line, name) in blocks::redactions_used(block) {
                if !self.shared.redactions.contains_key(&name) {
                    let hint = or_nearest(&name, self.shared.redactions.keys().map(String::as_str));
                    self.fault(
                        line,
                        format!("`[{name}]` is no redaction of book/redactions.toml{hint}"),
                    );
                }
                self.page.redactions.insert(name);
            }
            let html = match &block.kind {
                Kind::Console { terminal, commands } => {
                    self.page.counts.executed += 1;
                    blocks::session(terminal.as_deref(), commands, self.shared.redactions)
                }
                Kind::Compiler { example, package } => {
                    self.page.counts.executed += 1;
                    self.example_exists(line, example, package.as_deref());
                    blocks::compiler(&block.fence.lines, self.shared.redactions)
                }
                Kind::NotRun { language, label } => {
                    self.page.counts.labelled += 1;
                    self.page.labels.insert(label.clone());
                    let Some(label) = self.shared.labels.get(label) else {
                        let hint = or_nearest(label, self.shared.labels.keys().map(String::as_str));
                        self.fault(
                            line,
                            format!("`{label}` is no label of book/labels.toml{hint}"),
                        );
                        continue;
                    };
                    blocks::not_run(language, &block.fence.lines, &label.why)
                }
                Kind::Unaccounted => {
                    self.page.counts.unaccounted += 1;
                    let info = &block.fence.info;
                    self.fault(line, format!(
                        "this ```{info} block is unaccounted for: include it ({{{{#listing}}}}), run it (```console, \
                         ```compiler), or say why it is not run (```{info},not-run=LABEL)"
                    ));
                    continue;
                }
            };
            self.lines
                .replace(line, block.fence.last_line, &block.fence.prefix, &html);
        }
    }

    fn example_exists(&mut self, line: usize, example: &str, package: Option<&str>) {
        let dir = match package {
            Some(package) => self
                .files()
                .crates()
                .iter()
                .find(|dir| dir.ends_with(package))
                .cloned(),
            None => self
                .folders
                .iter()
                .find(|dir| dir.starts_with("chapters-code"))
                .cloned(),
        };
        let Some(dir) = dir else {
            let package = package.unwrap_or("of this page");
            return self.fault(
                line,
                format!("there is no crate `{package}`: ```compiler,example={example},package=…"),
            );
        };
        let examples: Vec<String> = self
            .files()
            .list(&dir.join("examples"))
            .iter()
            .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
            .collect();
        if !examples.iter().any(|name| name == example) {
            let hint = or_nearest(example, examples.iter().map(String::as_str));
            self.fault(
                line,
                format!("`{}` has no example `{example}`{hint}", display(&dir)),
            );
        }
    }

    fn place_directives(&mut self, directives: &[Directive]) {
        let mut listings = Listings {
            files: self.shared.names.files,
            page: self.path,
            repository: self.shared.repository,
            ids: Vec::new(),
        };
        // From the last to the first, so that what stands before on the same line keeps its place.
        for directive in by_line_from_behind(directives) {
            match self.html(directive, &mut listings) {
                Ok(Part::Block(html)) => {
                    let prefix = prefix(self.lines.line(directive.line)).to_owned();
                    self.lines
                        .replace(directive.line, directive.line, &prefix, &html);
                }
                Ok(Part::Inline(html)) => {
                    let html = html.lines().collect::<Vec<_>>().join(" ");
                    let line = self.lines.line(directive.line);
                    line.replace_range(directive.columns.clone(), &html);
                }
                Err(message) => self.fault(directive.line, message),
            }
        }
    }

    fn html(&mut self, directive: &Directive, listings: &mut Listings<'_>) -> Result<Part, String> {
        let name = directive.name.as_str();
        if name == "listing" {
            self.page.counts.included += 1;
            let listing = Listing::parse(directive).map_err(|fault| fault.message)?;
            stands_alone(directive)?;
            return listings.figure(&listing).map(Part::Block);
        }
        if ["include", "rustdoc_include", "playground"].contains(&name) {
            return Err(format!(
                "`{{{{#{name}}}}}` is mdBook's; here a file is shown by {{{{#listing PATH:ANCHOR}}}}"
            ));
        }
        let directives = generated::DIRECTIVES.iter().chain(&glossary::DIRECTIVES);
        let directives = directives.chain([&exercises::DIRECTIVE]);
        let Some(known) = directives.clone().find(|known| known.name == name) else {
            let names = directives.map(|known| known.name);
            let hint = or_nearest(name, names.chain(["listing"]));
            return Err(format!("there is no directive `{{{{#{name}}}}}`{hint}"));
        };
        if !known.inline {
            self.page.counts.generated += 1;
            stands_alone(directive)?;
        }
        let html = if *known == exercises::DIRECTIVE {
            exercises::list(self.shared.exercises, &directive.argument)?
        } else if glossary::DIRECTIVES.contains(known) {
            self.made_of_pages(name, &directive.argument)?
        } else {
            generated::render(self.shared.workspace, name, &directive.argument)
                .map_err(|error| format!("{error:#}"))?
        };
        let links = raw::links(&html).map(|(_, link)| (directive.line, link.to_owned()));
        self.page.links.extend(links);
        Ok(if known.inline {
            Part::Inline(html)
        } else {
            Part::Block(html)
        })
    }

    fn made_of_pages(&self, name: &str, argument: &str) -> Result<String, String> {
        let Shared {
            lists,
            pages,
            repository,
            ..
        } = self.shared;
        lists.html(name, argument, pages, self.path, *repository)
    }

    fn account(&mut self, fences: &[Fence], prose: &Prose) {
        let (unaccounted, faults) = accounting::faults(fences, prose);
        self.page.counts.unaccounted += unaccounted;
        for fault in faults {
            if self
                .page
                .faults
                .iter()
                .all(|known| known.line != fault.line)
            {
                self.page.faults.push(fault);
            }
        }
    }

    fn read_prose(&mut self, prose: &Prose) {
        self.page.faults.extend(figures::faults(prose));
        for (line, code) in &prose.code {
            if let Some(message) = self.shared.names.fault(code, &self.folders) {
                self.fault(*line, message);
            }
        }
        self.page.faults.extend(footnotes::faults(prose));
        self.page.faults.extend(prose.forbidden.iter().cloned());
    }

    fn finish(self, prose: Prose) -> Assembled {
        let mut page = self.page;
        page.markdown = self.lines.into_markdown();
        page.ids = ids(&page.markdown);
        page.links.extend(prose.links);
        page.faults.sort_by_key(|fault| fault.line);
        page.faults.dedup();
        page
    }
}

/// The directives in the order of the lines, and within a line from behind.
fn by_line_from_behind(directives: &[Directive]) -> Vec<&Directive> {
    let mut ordered: Vec<&Directive> = directives.iter().collect();
    ordered.sort_by_key(|directive| (directive.line, std::cmp::Reverse(directive.columns.start)));
    ordered
}

fn stands_alone(directive: &Directive) -> Result<(), String> {
    if directive.alone {
        return Ok(());
    }
    Err(format!(
        "`{{{{#{}}}}}` stands alone on its line",
        directive.name
    ))
}
