//! Customers who all write into one partition at once, and what becomes of those whom it
//! refuses; or each into one of its own, if they are to be `apart`.

use std::env;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, Error, Result, bail};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Config;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use ch03_platform::{items, table};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// Who comes if nobody says how many.
const CUSTOMERS: u32 = 100;

/// A customer gives up after so many calls, or so late.
const CALLS: u32 = 40;
const PATIENCE: Duration = Duration::from_secs(20);

/// The first pause that grows, and the longest.
const FIRST: Duration = Duration::from_millis(25);
const LONGEST: Duration = Duration::from_millis(1_600);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let mut words: Vec<String> = env::args().skip(1).collect();
    let apart = words.pop_if(|word| word == "apart").is_some();
    let (strategy, customers) = match words.as_slice() {
        [strategy] => (strategy.parse()?, CUSTOMERS),
        [strategy, customers] => {
            let customers = customers
                .parse()
                .with_context(|| format!("{customers} customers"))?;
            (strategy.parse()?, customers)
        }
        _ => bail!("say when they come again, and how many they are if not {CUSTOMERS}"),
    };
    let rush = Rush::new(strategy, apart).await?;
    println!("{strategy}: {}", rush.of(customers).await?);
    Ok(())
}

// ANCHOR: strategies
/// When a customer comes again who was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strategy {
    Never,
    AtOnce,
    Fixed,
    Growing,
    Jitter,
}

impl Strategy {
    /// The pause after a number of refusals, if there is to be another call.
    fn pause(self, refusals: u32) -> Option<Duration> {
        let growing = LONGEST.min(FIRST * 2_u32.saturating_pow(refusals - 1));
        match self {
            Self::Never => None,
            Self::AtOnce => Some(Duration::ZERO),
            Self::Fixed => Some(Duration::from_millis(100)),
            Self::Growing => Some(growing),
            Self::Jitter => Some(growing.mul_f64(fastrand::f64())),
        }
    }
}

impl Rush {
    /// One customer: calls until the item is written, or nothing is left to try.
    async fn customer(self, number: u32) -> Result<Customer> {
        for calls in 1..=CALLS {
            if self.write(number).await? {
                let written = Some(self.start.elapsed());
                return Ok(Customer { calls, written });
            }
            match self.strategy.pause(calls) {
                Some(pause) if self.start.elapsed() < PATIENCE => sleep(pause).await,
                _ => return Ok(Customer::gone(calls)),
            }
        }
        Ok(Customer::gone(CALLS))
    }
}
// ANCHOR_END: strategies

const NAMES: [(&str, Strategy); 5] = [
    ("never", Strategy::Never),
    ("at-once", Strategy::AtOnce),
    ("fixed", Strategy::Fixed),
    ("growing", Strategy::Growing),
    ("jitter", Strategy::Jitter),
];

impl FromStr for Strategy {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        let found = NAMES.into_iter().find(|(name, _)| *name == word);
        let names = || NAMES.map(|(name, _)| name).join(", ");
        let (_, strategy) = found.with_context(|| format!("{word}: it is one of {}", names()))?;
        Ok(strategy)
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = NAMES.into_iter().find(|(_, strategy)| strategy == self);
        f.write_str(known.map_or("?", |(name, _)| name))
    }
}

/// What one customer did.
struct Customer {
    calls: u32,
    /// When its item was there, since all began.
    written: Option<Duration>,
}

impl Customer {
    fn gone(calls: u32) -> Self {
        Self {
            calls,
            written: None,
        }
    }
}

/// All who come at once.
#[derive(Clone)]
struct Rush {
    client: Client,
    table: String,
    /// A new one each time, whose units nobody has used yet.
    partition: String,
    /// Whether each customer has one.
    apart: bool,
    strategy: Strategy,
    start: Instant,
}

impl Rush {
    /// The SDK would come again by itself, and give up in its own time.
    async fn new(strategy: Strategy, apart: bool) -> Result<Self> {
        let config = Config::from(&table::connect().await).to_builder();
        let config = config
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::disabled());
        Ok(Self {
            client: Client::from_conf(config.build()),
            table: env::var("TABLE").context("TABLE is not set")?,
            partition: format!("rush {}", Uuid::now_v7()),
            apart,
            strategy,
            start: Instant::now(),
        })
    }

    async fn of(mut self, customers: u32) -> Result<Summary> {
        self.start = Instant::now();
        let mut all = JoinSet::new();
        for number in 0..customers {
            all.spawn(self.clone().customer(number));
        }
        let mut summary = Summary::default();
        while let Some(customer) = all.join_next().await {
            summary.add(&customer??);
        }
        Ok(summary)
    }

    /// Whether the item is there now. If it is not, the partition had too much to do.
    async fn write(&self, number: u32) -> Result<bool> {
        let number = number.to_string();
        let item = if self.apart {
            items::key(&format!("{} {number}", self.partition), "item")
        } else {
            items::key(&self.partition, &number)
        };
        let put = self.client.put_item().table_name(&self.table);
        let Err(error) = put.set_item(Some(item)).send().await else {
            return Ok(true);
        };
        let told = error.as_service_error();
        match told.and_then(ProvideErrorMetadata::code) {
            Some("ThrottlingException") => Ok(false),
            _ => Err(error.into()),
        }
    }
}

#[derive(Default)]
struct Summary {
    customers: u32,
    written: u32,
    calls: u32,
    last: Duration,
}

impl Summary {
    fn add(&mut self, customer: &Customer) {
        self.customers += 1;
        self.calls += customer.calls;
        if let Some(after) = customer.written {
            self.written += 1;
            self.last = self.last.max(after);
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            customers,
            written,
            calls,
            last,
        } = self;
        let refused = calls - written;
        let last = last.as_secs_f64();
        write!(
            f,
            "{written} of {customers} written, {calls} calls, {refused} refused, the last after {last:.2} s"
        )
    }
}
