//! The table of functions: which there are, and what leads to them. It is data, and
//! read once.

use std::collections::{BTreeMap, HashSet};
use std::fmt::{self, Display, Formatter};
use std::ops::{Range, RangeInclusive};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

use axum::http::Method;
use quamina::Quamina;
use serde::Deserialize;
use toml::Spanned;

// ANCHOR: table
/// What a host does.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// In the order of the file, as are the rest.
    pub functions: Vec<Function>,
    /// Requests that lead to functions.
    pub routes: Vec<Route>,
    /// Events that do.
    pub rules: Vec<Rule>,
}

// ANCHOR_END: table

// ANCHOR: function
/// A program that is started when an event comes.
#[derive(Debug, Clone)]
pub struct Function {
    /// No other has it.
    pub name: String,
    /// Which of the program's functions it is.
    pub handler: String,
    /// A file that can be executed.
    pub program: PathBuf,
    /// For one event; 1 s to 15 min, as at Lambda.
    pub timeout: Duration,
    /// In MB; 64 to 10,240.
    pub memory: u64,
    /// How many processes it may have at once.
    pub limit: usize,
    /// How long a process is kept that has nothing to do.
    pub idle: Duration,
    /// The variables of the host's own environment that it gets, where they are set:
    /// those of all, and its own.
    pub told: Vec<String>,
    /// Further ones.
    pub environment: BTreeMap<String, String>,
}

// ANCHOR_END: function

// ANCHOR: rule
/// Requests that lead to a function.
#[derive(Debug, Clone)]
pub struct Route {
    /// GET is for HEAD too.
    pub method: Method,
    /// `/pets/{id}`
    pub path: String,
    /// Its name.
    pub function: String,
}

/// Events that lead to a function.
#[derive(Debug, Clone)]
pub struct Rule {
    /// No other has it.
    pub name: String,
    /// A pattern of `EventBridge`, in JSON.
    /// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html>
    pub pattern: String,
    /// Its name.
    pub function: String,
}
// ANCHOR_END: rule

impl Table {
    /// Reads the table in `file`. Programs without a slash are in the folder `beside`,
    /// or on the `PATH`; others are named from the file's own folder.
    ///
    /// # Errors
    ///
    /// All that is wrong with it, a line each, with file, line and field.
    pub fn read(file: &Path, beside: &Path) -> Result<Self, Faults> {
        Self::read_with(file, beside, &[])
    }

    /// The same, where something else leads to these functions.
    ///
    /// # Errors
    ///
    /// Those of [`Table::read`].
    pub fn read_with(file: &Path, beside: &Path, led: &[String]) -> Result<Self, Faults> {
        let unread = |error| Faults(vec![format!("{}: {error}", file.display())]);
        Self::parse_with(
            &fs::read_to_string(file).map_err(unread)?,
            file,
            beside,
            led,
        )
    }

    /// Reads this text, as if it stood in `file`.
    ///
    /// # Errors
    ///
    /// Those of [`Table::read`].
    pub fn parse(text: &str, file: &Path, beside: &Path) -> Result<Self, Faults> {
        Self::parse_with(text, file, beside, &[])
    }

    fn parse_with(text: &str, file: &Path, beside: &Path, led: &[String]) -> Result<Self, Faults> {
        let mut reader = Reader {
            text,
            file,
            beside,
            led,
            faults: vec![],
        };
        let table = match toml::from_str(text) {
            Ok(sheet) => reader.table(sheet),
            Err(error) => {
                reader.wrong(error.span().unwrap_or_default(), error.message());
                Self::default()
            }
        };
        if reader.faults.is_empty() {
            return Ok(table);
        }
        Err(Faults(reader.faults))
    }
}

/// What is wrong with a table, a line each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Faults(pub Vec<String>);

impl Display for Faults {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.join("\n"))
    }
}

// ANCHOR: sheet
/// The table as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sheet {
    #[serde(default)]
    defaults: Settings,
    #[serde(default, rename = "function")]
    functions: Vec<Spanned<Settings>>,
    #[serde(default, rename = "route")]
    routes: Vec<RouteLine>,
    #[serde(default, rename = "rule")]
    rules: Vec<RuleLine>,
}

/// What can be said of one function, or of all that do not say otherwise.
#[derive(Deserialize, Default, Clone)]
#[serde(deny_unknown_fields)]
struct Settings {
    name: Option<Spanned<String>>,
    handler: Option<String>,
    program: Option<Spanned<String>>,
    timeout: Option<Spanned<u64>>,
    memory: Option<Spanned<u64>>,
    limit: Option<Spanned<u64>>,
    idle: Option<Spanned<u64>>,
    told: Option<Vec<String>>,
    environment: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RouteLine {
    route: Spanned<String>,
    function: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleLine {
    name: Spanned<String>,
    pattern: Spanned<toml::Table>,
    function: Spanned<String>,
}
// ANCHOR_END: sheet

/// Checks what is written, and keeps what is wrong with it.
struct Reader<'a> {
    text: &'a str,
    file: &'a Path,
    beside: &'a Path,
    /// Functions that something else leads to.
    led: &'a [String],
    faults: Vec<String>,
}

impl Reader<'_> {
    fn wrong(&mut self, place: Range<usize>, what: &str) {
        let fault = fault(self.text, self.file, place, what);
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    // ANCHOR: check_table
    fn table(&mut self, sheet: Sheet) -> Table {
        let defaults = sheet.defaults;
        if let Some(name) = &defaults.name {
            self.wrong(name.span(), "no function can have the name of all");
        }
        let mut names = HashSet::new();
        let functions = sheet.functions.iter();
        let functions: Vec<Function> = functions
            .filter_map(|entry| self.function(entry, &defaults, &mut names))
            .collect();
        let mut led: HashSet<String> = self.led.iter().cloned().collect();
        let mut known = |reader: &mut Self, name: Spanned<String>| {
            if !names.contains(name.get_ref()) {
                reader.wrong(name.span(), "there is no such function");
            }
            led.insert(name.get_ref().clone());
            name.into_inner()
        };
        let (mut routes, mut rules) = (vec![], vec![]);
        for line in sheet.routes {
            let function = known(self, line.function);
            routes.extend(self.route(&line.route, &routes, function));
        }
        for line in sheet.rules {
            let function = known(self, line.function);
            rules.push(self.rule(&line.name, &line.pattern, &rules, function));
        }
        for entry in sheet.functions {
            let name = entry.get_ref().name.as_ref();
            if let Some(name) = name.filter(|name| !led.contains(name.get_ref())) {
                self.wrong(name.span(), "no route and no rule leads to it");
            }
        }
        Table {
            functions,
            routes,
            rules,
        }
    }

    // ANCHOR_END: check_table

    // ANCHOR: check_function
    fn function(
        &mut self,
        entry: &Spanned<Settings>,
        defaults: &Settings,
        names: &mut HashSet<String>,
    ) -> Option<Function> {
        let own = entry.get_ref();
        let Some(name) = &own.name else {
            self.wrong(entry.span(), "its name is missing");
            return None;
        };
        if !names.insert(name.get_ref().clone()) {
            self.wrong(name.span(), "another function has this name");
        }
        let either = |own: &Option<_>, default: &Option<_>| own.clone().or(default.clone());
        let timeout = either(&own.timeout, &defaults.timeout);
        let memory = either(&own.memory, &defaults.memory);
        let limit = either(&own.limit, &defaults.limit);
        let idle = either(&own.idle, &defaults.idle);
        let name = name.get_ref();
        Some(Function {
            name: name.clone(),
            handler: own.handler.as_ref().unwrap_or(name).clone(),
            program: self.program(entry, own.program.as_ref().or(defaults.program.as_ref())),
            timeout: Duration::from_secs(self.number(timeout, 3, 1..=900)),
            memory: self.number(memory, 128, 64..=10_240),
            limit: usize::try_from(self.number(limit, 10, 1..=1_000)).unwrap_or(10),
            idle: Duration::from_secs(self.number(idle, 60, 1..=3_600)),
            told: [&defaults.told, &own.told]
                .into_iter()
                .flatten()
                .flatten()
                .cloned()
                .collect(),
            environment: own
                .environment
                .clone()
                .or(defaults.environment.clone())
                .unwrap_or_default(),
        })
    }
    // ANCHOR_END: check_function

    fn number(
        &mut self,
        given: Option<Spanned<u64>>,
        default: u64,
        allowed: RangeInclusive<u64>,
    ) -> u64 {
        let Some(given) = given else {
            return default;
        };
        if !allowed.contains(given.get_ref()) {
            let (least, most) = allowed.into_inner();
            self.wrong(given.span(), &format!("it is {least} to {most}"));
        }
        given.into_inner()
    }

    fn program(&mut self, entry: &Spanned<Settings>, name: Option<&Spanned<String>>) -> PathBuf {
        let Some(name) = name else {
            self.wrong(entry.span(), "its program is missing");
            return PathBuf::new();
        };
        let path = env::var_os("PATH").unwrap_or_default();
        let folders: Vec<PathBuf> = if name.get_ref().contains('/') {
            vec![self.file.parent().unwrap_or(Path::new("")).to_owned()]
        } else {
            let beside = [self.beside.to_owned()].into_iter();
            beside.chain(env::split_paths(&path)).collect()
        };
        let mut files = folders.iter().map(|folder| folder.join(name.get_ref()));
        let found = files.find(|file| is_executable(file));
        let found = found.and_then(|file| std::path::absolute(file).ok());
        found.unwrap_or_else(|| {
            let folder = folders[0].display();
            let what = format!("no program of this name can be executed in {folder:?}");
            self.wrong(name.span(), &what);
            PathBuf::new()
        })
    }

    fn route(
        &mut self,
        text: &Spanned<String>,
        others: &[Route],
        function: String,
    ) -> Option<Route> {
        let read = || {
            let (method, path) = text.get_ref().split_once(" /")?;
            let known = ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&method);
            let method = Method::from_bytes(method.as_bytes())
                .ok()
                .filter(|_| known)?;
            let path = format!("/{path}");
            Some(Route {
                method,
                path,
                function,
            })
        };
        let Some(route) = read() else {
            let what = "it is a method and a path, as in \"GET /pets/{id}\"";
            self.wrong(text.span(), what);
            return None;
        };
        let mut paths = matchit::Router::new();
        let same = |other: &&Route| other.path == route.path;
        for other in others.iter().filter(|other| !same(other)) {
            let _ = paths.insert(&*other.path, ());
        }
        if let Err(error) = paths.insert(&*route.path, ()) {
            self.wrong(text.span(), &error.to_string());
        }
        if others
            .iter()
            .filter(same)
            .any(|other| other.method == route.method)
        {
            self.wrong(text.span(), "it is there twice");
        }
        Some(route)
    }

    fn rule(
        &mut self,
        name: &Spanned<String>,
        pattern: &Spanned<toml::Table>,
        others: &[Rule],
        function: String,
    ) -> Rule {
        if others.iter().any(|other| other.name == *name.get_ref()) {
            self.wrong(name.span(), "another rule has this name");
        }
        let json = serde_json::to_string(pattern.get_ref()).unwrap_or_default();
        if pattern.get_ref().is_empty() {
            self.wrong(
                pattern.span(),
                "it is empty, and names nothing that an event must have",
            );
        } else if let Err(error) = Quamina::new().add_pattern((), &json) {
            self.wrong(pattern.span(), &error.to_string());
        }
        Rule {
            name: name.get_ref().clone(),
            pattern: json,
            function,
        }
    }
}

/// What is wrong at this place of a file, with the line.
#[must_use]
pub fn fault(text: &str, file: &Path, place: Range<usize>, what: &str) -> String {
    let before = text.get(..place.start).unwrap_or_default();
    let number = before.matches('\n').count();
    let line = text.lines().nth(number).unwrap_or_default().trim();
    format!("{}:{}: {line}: {what}", file.display(), number + 1)
}

fn is_executable(file: &Path) -> bool {
    let is_it = |about: fs::Metadata| about.is_file() && about.permissions().mode() & 0o111 != 0;
    fs::metadata(file).is_ok_and(is_it)
}
