//! Several processes with one file of queues.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, stdin};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Barrier;
use std::{env, thread};

use ch07_events::queue::Queues;

use super::{NOW, letters, one, seconds};

const FILE: &str = "QUEUES_FILE";
const UNTIL_KILLED: &str = "QUEUES_UNTIL_KILLED";

/// This test again, in a process of its own.
fn another(test: &str, file: &Path, until_killed: bool) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["--exact", test, "--nocapture"])
        .env(FILE, file);
    if until_killed {
        command.env(UNTIL_KILLED, "yes");
    }
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    pipes.spawn().unwrap()
}

/// What the other process does: it receives, one after the other, and says what.
fn receive_all(file: &Path) {
    let queues = Queues::open(file).unwrap();
    // However wrong they are, it comes to an end.
    for _ in 0..1000 {
        let messages = queues.receive(&letters(), 1, NOW).unwrap();
        let Some(message) = messages.first() else {
            return;
        };
        println!("received {}", message.body);
        if env::var_os(UNTIL_KILLED).is_some() {
            // Whoever would kill us may be gone itself.
            let _ = stdin().read(&mut [0]);
            return;
        }
    }
}

fn received(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.filter_map(|line| Some(line.unwrap().split_once("received ")?.1.to_owned()))
}

#[test]
fn a_consumer_that_is_killed_loses_nothing() {
    let test = "processes::a_consumer_that_is_killed_loses_nothing";
    if let Some(file) = env::var_os(FILE) {
        return receive_all(Path::new(&file));
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("queues.db");
    let queues = Queues::open(&file).unwrap();
    queues.send(&["letters"], "Rex", NOW).unwrap();
    let mut child = another(test, &file, true);
    assert_eq!(received(&mut child).next().as_deref(), Some("Rex"));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(queues.receive(&letters(), 1, NOW).unwrap(), []);
    let again = one(queues.receive(&letters(), 1, NOW + seconds(30)).unwrap());
    assert_eq!((&*again.body, again.receives), ("Rex", 2));
}

#[test]
fn no_two_processes_receive_the_same_message() {
    let test = "processes::no_two_processes_receive_the_same_message";
    if let Some(file) = env::var_os(FILE) {
        return receive_all(Path::new(&file));
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("queues.db");
    let queues = Queues::open(&file).unwrap();
    let sent: BTreeSet<String> = (0..100).map(|n| n.to_string()).collect();
    for body in &sent {
        queues.send(&["letters"], body, NOW).unwrap();
    }
    let mut children = [(); 3].map(|()| another(test, &file, false));
    let mut all: Vec<String> = children.iter_mut().flat_map(received).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(all.len(), 100, "{all:?}");
    all.sort();
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), sent);
}

#[test]
fn many_may_open_a_new_file_at_once() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..50 {
        let file = folder.path().join(format!("{round}.db"));
        let all_are_here = Barrier::new(8);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    all_are_here.wait();
                    let queues = Queues::open(&file).unwrap();
                    queues.send(&["letters"], "Rex", NOW).unwrap();
                });
            }
        });
        let counts = Queues::open(&file).unwrap().counts("letters", NOW).unwrap();
        assert_eq!(counts.visible, 8);
    }
}

#[test]
fn who_looks_does_not_wait_for_who_writes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("queues.db");
    let queues = Queues::open(&file).unwrap();
    let writer = rusqlite::Connection::open(&file).unwrap();
    writer.execute_batch("BEGIN EXCLUSIVE").unwrap();
    assert_eq!(queues.look("letters", 9).unwrap(), []);
}
