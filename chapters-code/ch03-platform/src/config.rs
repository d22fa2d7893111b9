//! What can be set from outside: the environment, read once and with types.

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::fmt::{self, Display, Formatter};
use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use axum::http::Uri;
use tracing_subscriber::filter::Targets;

// ANCHOR: config
/// The settings of an instance.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The address where it listens.
    pub host: IpAddr,
    /// The port where it listens; 0 takes any free one.
    pub port: u16,
    /// The table of the pets.
    pub table: String,
    /// How long a polite stop may take.
    pub grace: Duration,
    /// What is logged.
    pub log: Targets,
}

// ANCHOR: read
impl Config {
    /// Reads the settings, and sees that those are there which the SDK reads by
    /// itself: it would miss them at the first call, and not at the start.
    ///
    /// # Errors
    ///
    /// All that is missing or wrong, and not the first of it alone.
    pub fn read(look_up: impl Fn(&str) -> Option<OsString>) -> Result<Self, Faults> {
        let mut reader = Reader(look_up, vec![]);
        let host = reader.read(&HOST);
        let port = reader.read(&PORT);
        let table = reader.read(&TABLE);
        let grace = reader.read(&GRACE);
        let log = reader.read(&LOG);
        let region: Option<String> = reader.read(&REGION);
        let endpoint: Option<Endpoint> = reader.read(&ENDPOINT);
        let config = || {
            let (_, Endpoint) = (region?, endpoint?);
            Some(Self {
                host: host?,
                port: port?,
                table: table.map(|TableName(name)| name)?,
                grace: Duration::from_secs(grace?),
                log: log?,
            })
        };
        config().ok_or(Faults(reader.1))
    }
}
// ANCHOR_END: read
// ANCHOR_END: config

impl Config {
    /// Reads the settings of this process.
    ///
    /// # Errors
    ///
    /// Those of [`Config::read`].
    pub fn from_env() -> Result<Self, Faults> {
        Self::read(|name| env::var_os(name))
    }
}

// ANCHOR: reader
/// Something that can be set.
struct Variable {
    name: &'static str,
    purpose: &'static str,
    example: &'static str,
    /// Without one it must be set.
    default: Option<&'static str>,
}

/// Reads variables, and keeps what is wrong with them.
struct Reader<F>(F, Vec<String>);

impl<F: Fn(&str) -> Option<OsString>> Reader<F> {
    fn read<T: FromStr<Err: Display>>(&mut self, variable: &Variable) -> Option<T> {
        let Variable {
            name,
            purpose,
            example,
            ..
        } = variable;
        // Many platforms cannot unset a variable, but make it empty.
        let set = (self.0)(name).filter(|text| !text.is_empty());
        let Some(text) = set.or(variable.default.map(OsString::from)) else {
            let fault = format!("{name} is not set: {purpose}, for example {name}={example}");
            self.1.push(fault);
            return None;
        };
        let (shown, text) = (text.display().to_string(), text.into_string());
        let value = text.map_err(|_| "it is no text".to_owned());
        let value = value.and_then(|text| text.parse().map_err(|error: T::Err| error.to_string()));
        let wrong = |error| {
            format!("{name}={shown}: {error}; it is {purpose}, for example {name}={example}")
        };
        value.map_err(|error| self.1.push(wrong(error))).ok()
    }
}
// ANCHOR_END: reader

const HOST: Variable = Variable {
    name: "HOST",
    purpose: "the address where the shop listens",
    example: "0.0.0.0",
    default: Some("127.0.0.1"),
};
const PORT: Variable = Variable {
    name: "PORT",
    purpose: "the port where it listens, where 0 is any free one",
    example: "8080",
    default: Some("8080"),
};
const TABLE: Variable = Variable {
    name: "TABLE",
    purpose: "the table of the pets",
    example: "shop",
    default: None,
};
const GRACE: Variable = Variable {
    name: "GRACE",
    purpose: "how many seconds a polite stop may take",
    example: "4",
    default: Some("4"),
};
const LOG: Variable = Variable {
    name: "RUST_LOG",
    purpose: "what is logged",
    example: "info",
    default: Some("info"),
};
const REGION: Variable = Variable {
    name: "AWS_REGION",
    purpose: "the region of the table",
    example: "eu-central-1",
    default: None,
};
const ENDPOINT: Variable = Variable {
    name: "AWS_ENDPOINT_URL_DYNAMODB",
    purpose: "where DynamoDB is, if it is not at AWS",
    example: "http://127.0.0.1:8000",
    default: Some(""),
};

/// What `--help` says of the environment.
#[must_use]
pub fn help() -> String {
    let variables = [HOST, PORT, TABLE, GRACE, LOG, REGION, ENDPOINT];
    let line = |variable: &Variable| {
        let Variable { name, purpose, .. } = variable;
        let more = match variable.default {
            None => ", which must be set".to_owned(),
            Some("") => String::new(),
            Some(default) => format!(" [{default}]"),
        };
        format!("{name:25}  {purpose}{more}")
    };
    variables.each_ref().map(line).join("\n")
}

/// What is wrong with the environment, a line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(pub Vec<String>);

impl Display for Faults {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.join("\n"))
    }
}

impl Error for Faults {}

/// The name of a table.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>
struct TableName(String);

impl FromStr for TableName {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let is_good = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        if (3..=255).contains(&name.len()) && name.bytes().all(is_good) {
            return Ok(Self(name.to_owned()));
        }
        Err("a name has 3 to 255 characters of a-z A-Z 0-9 _ . -")
    }
}

struct Endpoint;

impl FromStr for Endpoint {
    type Err = &'static str;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        let uri: Option<Uri> = url.parse().ok();
        let scheme = uri.as_ref().and_then(|uri| uri.scheme_str());
        if url.is_empty() || matches!(scheme, Some("http" | "https")) {
            return Ok(Self);
        }
        Err("an address begins with http:// or https://")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read where this is set, and nothing else.
    fn read(environment: &[(&str, &str)]) -> Result<Config, Faults> {
        Config::read(|wanted| {
            let mut set = environment.iter().filter(|(name, _)| *name == wanted);
            set.next().map(|(_, text)| text.into())
        })
    }

    const LEAST: [(&str, &str); 2] = [("TABLE", "shop"), ("AWS_REGION", "eu-central-1")];

    #[test]
    fn the_rest_need_not_be_set() -> Result<(), Faults> {
        let config = read(&LEAST)?;
        assert_eq!(
            (config.host.to_string().as_str(), config.port),
            ("127.0.0.1", 8080)
        );
        assert_eq!((config.table.as_str(), config.grace.as_secs()), ("shop", 4));
        Ok(())
    }

    #[test]
    fn everything_can_be_set() -> Result<(), Faults> {
        let more = [
            ("HOST", "::"),
            ("PORT", "0"),
            ("GRACE", "0"),
            ("RUST_LOG", "warn,tower_http=debug"),
            ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:8000"),
        ];
        let config = read(&[LEAST.as_slice(), &more].concat())?;
        assert_eq!((config.host.to_string().as_str(), config.port), ("::", 0));
        assert_eq!(config.grace.as_secs(), 0);
        assert_eq!(config.log.to_string(), "tower_http=debug,warn");
        Ok(())
    }

    #[test]
    fn all_that_is_missing_is_named_at_once_and_an_empty_one_is_missing() {
        for environment in [[].as_slice(), &[("TABLE", ""), ("AWS_REGION", "")]] {
            let Faults(faults) = read(environment).unwrap_err();
            let due = [
                "TABLE is not set: the table of the pets, for example TABLE=shop",
                "AWS_REGION is not set: the region of the table, for example AWS_REGION=eu-central-1",
            ];
            assert_eq!(faults, due);
        }
    }

    #[test]
    fn all_that_is_wrong_is_named_at_once() {
        let wrong = [
            ("HOST", "localhost"),
            ("PORT", "65536"),
            ("TABLE", "my pets"),
            ("GRACE", "-1"),
            ("RUST_LOG", "shop=loud"),
            ("AWS_ENDPOINT_URL_DYNAMODB", "127.0.0.1:8000"),
        ];
        let Faults(faults) = read(&wrong).unwrap_err();
        assert_eq!(faults.len(), wrong.len() + 1, "{faults:#?}");
        for (name, text) in wrong {
            let begin = format!("{name}={text}: ");
            let named = faults.iter().filter(|fault| fault.starts_with(&begin));
            assert_eq!(named.count(), 1, "{name}: {faults:#?}");
        }
    }

    #[test]
    fn what_is_no_text_is_named() {
        use std::os::unix::ffi::OsStringExt;
        let Faults(faults) = Config::read(|_| Some(OsString::from_vec(vec![0xff]))).unwrap_err();
        let named = |fault: &String| fault.contains("it is no text");
        assert!(faults.iter().all(named), "{faults:#?}");
        assert_eq!(faults.len(), 7);
    }
}
