//! A function that is started and given one event: when it asks for it, and when its answer is there.

use std::io::{BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};

use crate::dynamodb::TABLE;
use crate::measure::message::Message;

/// No function needs longer for its first answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// What starts a function.
#[derive(Debug, Clone)]
pub struct Function {
    program: PathBuf,
    environment: Vec<(String, String)>,
}

/// What it did. Times are in milliseconds of the machine's clock.
#[derive(Debug, Clone)]
pub struct Took {
    /// When it was started.
    pub start: f64,
    /// When it asked for its first event.
    pub asked: f64,
    /// When its answer was there.
    pub answered: f64,
    /// The answer.
    pub answer: Value,
}

impl Took {
    /// From the start to the first question.
    pub fn init(&self) -> f64 {
        self.asked - self.start
    }

    /// From the start to the first answer.
    pub fn whole(&self) -> f64 {
        self.answered - self.start
    }
}

impl Function {
    /// The function `handler` of this program, for the shop in the database at `url`.
    pub fn new(program: PathBuf, handler: &str, url: &str) -> Self {
        let set = local::environment(url).map(|(name, text)| (name.to_owned(), text));
        let function = Self {
            program,
            environment: set.into(),
        };
        function
            .with("TABLE", TABLE)
            .with("_HANDLER", handler)
            .with("AWS_LAMBDA_FUNCTION_NAME", handler)
            .with("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .with("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            // There is no bus.
            .with("AWS_ENDPOINT_URL_EVENTBRIDGE", "")
    }

    /// The same, told this besides.
    pub fn with(mut self, name: &str, text: &str) -> Self {
        self.environment.push((name.to_owned(), text.to_owned()));
        self
    }

    /// The same, which believes those in this file.
    pub fn believing(self, file: &Path) -> Self {
        self.with("AWS_CA_BUNDLE", &file.display().to_string())
    }

    /// Starts a process, gives it one event, and ends it.
    ///
    /// # Errors
    ///
    /// When it does not answer, or says that it has failed.
    pub fn first(&self, event: &Value) -> Result<Took> {
        let name = self.program.display();
        let api = Api::open(event)?;
        let mut command = self.command(&api.at);
        let start = now();
        let process = Running(command.spawn().with_context(|| name.to_string())?);
        let seen = api.hear().and_then(|asked| Ok((asked, api.hear()?)));
        drop(process);
        let ((asked, _), (answered, message)) =
            seen.with_context(|| format!("{name} has not answered in {PATIENCE:?}"))?;
        ensure!(
            message.head.contains("/response "),
            "{name} says {}",
            String::from_utf8_lossy(&message.body)
        );
        Ok(Took {
            start,
            asked,
            answered,
            answer: serde_json::from_slice(&message.body)?,
        })
    }

    fn command(&self, api: &str) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env_clear()
            .envs(self.environment.iter().cloned())
            .env("AWS_LAMBDA_RUNTIME_API", api)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    }
}

/// It is ended when this is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A Runtime API of one process: it gives its event once, and lets whoever asks again wait.
struct Api {
    at: String,
    said: Receiver<(f64, Message)>,
    stop: Arc<AtomicBool>,
}

impl Api {
    fn open(event: &Value) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let at = listener.local_addr()?.to_string();
        let (says, said) = mpsc::channel();
        let stop = Arc::new(AtomicBool::new(false));
        let (event, stopped) = (event.to_string(), Arc::clone(&stop));
        let is_given = Arc::new(AtomicBool::new(false));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (event, says) = (event.clone(), says.clone());
                let is_given = Arc::clone(&is_given);
                // Until the process ends.
                thread::spawn(move || serve(stream, &event, &is_given, &says));
            }
        });
        Ok(Self { at, said, stop })
    }

    /// What the process says next, and when it came.
    fn hear(&self) -> Result<(f64, Message)> {
        Ok(self.said.recv_timeout(PATIENCE)?)
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(&self.at));
    }
}

fn serve(
    mut stream: TcpStream,
    event: &str,
    is_given: &AtomicBool,
    says: &Sender<(f64, Message)>,
) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some(message) = Message::read(&mut reader)? {
        let is_question = message.head.starts_with("GET ");
        says.send((now(), message))?;
        let answer = if is_question {
            // It would begin with the same event before it is ended.
            if is_given.swap(true, Ordering::Relaxed) {
                continue;
            }
            given(event)?
        } else {
            "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n".to_owned()
        };
        stream.write_all(answer.as_bytes())?;
    }
    Ok(())
}

/// An event, as the Runtime API gives it.
/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>
fn given(event: &str) -> Result<String> {
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH)? + PATIENCE;
    let fields = [
        "HTTP/1.1 200 OK".to_owned(),
        "Content-Type: application/json".to_owned(),
        format!("Content-Length: {}", event.len()),
        "Lambda-Runtime-Aws-Request-Id: 1".to_owned(),
        format!("Lambda-Runtime-Deadline-Ms: {}", deadline.as_millis()),
        "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-central-1:000000000000:function:f"
            .to_owned(),
        "Lambda-Runtime-Trace-Id: Root=1-00000000-000000000000000000000000;Sampled=0".to_owned(),
    ];
    Ok(format!("{}\r\n\r\n{event}", fields.join("\r\n")))
}

/// A request that has met a route, as the gateway hands it on.
pub fn request(method: &str, route: &str, id: &str, body: Option<&str>) -> Value {
    let path = route.replace("{id}", id);
    json!({
        "version": "2.0",
        "routeKey": format!("{method} {route}"),
        "rawPath": path,
        "rawQueryString": "",
        "headers": { "host": "shop", "content-type": "application/json" },
        "pathParameters": { "id": id },
        "requestContext": {
            "accountId": "000000000000",
            "domainName": "shop",
            "requestId": "1",
            "routeKey": format!("{method} {route}"),
            "stage": "$default",
            "timeEpoch": 0,
            "http": { "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1" },
        },
        "body": body,
        "isBase64Encoded": false,
    })
}

/// Milliseconds of the clock that all processes of the machine share.
pub fn now() -> f64 {
    let time = clock_gettime(ClockId::Monotonic);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or_default(),
        u32::try_from(time.tv_nsec).unwrap_or_default(),
    )
    .as_secs_f64()
        * 1e3
}
