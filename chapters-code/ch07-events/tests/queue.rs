//! What queues promise, to those who send and to those who receive.

use std::fs;
use std::time::Duration;

use ch07_events::queue::{Counts, Dead, Failure, LONGEST, Message, Queue, Queues};

#[path = "queue/model.rs"]
mod model;
#[path = "queue/processes.rs"]
mod processes;

const NOW: Duration = Duration::from_secs(1_795_867_201); // 28 November 2026.

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Half a minute to be done with a letter, twice; then it is dead.
fn letters() -> Queue {
    Queue {
        name: "letters".into(),
        visibility: seconds(30),
        retention: seconds(1000),
        dead: Some(Dead {
            after: 2,
            queue: "dead".into(),
        }),
    }
}

/// Those that `letters` gives up, for longer.
fn dead() -> Queue {
    Queue {
        name: "dead".into(),
        retention: seconds(2000),
        dead: None,
        ..letters()
    }
}

fn one(mut messages: Vec<Message>) -> Message {
    assert_eq!(messages.len(), 1, "{messages:?}");
    messages.remove(0)
}

fn bodies(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| &*message.body).collect()
}

#[test]
fn a_message_is_hidden_until_its_timeout_is_over_and_then_comes_again() {
    let queues = Queues::in_memory().unwrap();
    let sent = queues.send(&["letters"], "Rex", NOW).unwrap();
    let first = one(queues.receive(&letters(), 10, NOW).unwrap());
    let expected = Message {
        id: sent[0].clone(),
        receipt: first.receipt.clone(),
        body: "Rex".into(),
        sent: NOW,
        receives: 1,
        from: None,
    };
    assert_eq!(first, expected);
    let early = NOW + Duration::from_millis(29_999);
    assert_eq!(queues.receive(&letters(), 10, early).unwrap(), []);
    let hidden = Counts {
        visible: 0,
        hidden: 1,
    };
    assert_eq!(queues.counts("letters", early).unwrap(), hidden);

    let again = one(queues.receive(&letters(), 10, NOW + seconds(30)).unwrap());
    assert_eq!((&again.id, again.receives), (&first.id, 2));
    assert_ne!(again.receipt, first.receipt);
}

#[test]
fn the_oldest_come_first_and_no_more_than_asked_for() {
    let queues = Queues::in_memory().unwrap();
    for body in ["Rex", "Ada", "Tom"] {
        queues.send(&["letters"], body, NOW).unwrap();
    }
    let first = queues.receive(&letters(), 2, NOW).unwrap();
    assert_eq!(bodies(&first), ["Rex", "Ada"]);
    assert_eq!(
        bodies(&queues.receive(&letters(), 2, NOW).unwrap()),
        ["Tom"]
    );
    assert_eq!(queues.receive(&letters(), 2, NOW).unwrap(), []);
}

#[test]
fn only_the_last_receipt_deletes() {
    let queues = Queues::in_memory().unwrap();
    queues.send(&["letters"], "Rex", NOW).unwrap();
    let first = one(queues.receive(&letters(), 1, NOW).unwrap());
    let late = NOW + seconds(30);
    let second = one(queues.receive(&letters(), 1, late).unwrap());
    assert_eq!(queues.delete(&[&first.receipt, "", "none"]).unwrap(), 0);
    assert!(!queues.hide(&first.receipt, late).unwrap());
    assert_eq!(queues.look("letters", 9).unwrap().len(), 1);
    // The timeout is over, but nobody else has it yet.
    assert_eq!(
        queues
            .counts("letters", late + seconds(30))
            .unwrap()
            .visible,
        1
    );
    assert_eq!(queues.delete(&[&second.receipt]).unwrap(), 1);
    assert_eq!(queues.look("letters", 9).unwrap(), []);
}

#[test]
fn who_has_a_message_may_keep_it_longer_or_give_it_back() {
    let queues = Queues::in_memory().unwrap();
    queues.send(&["letters"], "Rex", NOW).unwrap();
    let first = one(queues.receive(&letters(), 1, NOW).unwrap());
    assert!(queues.hide(&first.receipt, NOW + seconds(90)).unwrap());
    assert_eq!(
        queues.receive(&letters(), 1, NOW + seconds(89)).unwrap(),
        []
    );
    assert!(queues.hide(&first.receipt, NOW + seconds(60)).unwrap());
    let second = one(queues.receive(&letters(), 1, NOW + seconds(60)).unwrap());
    assert_eq!(second.receives, 2);
}

#[test]
fn what_was_received_too_often_is_a_dead_letter_until_it_is_redriven() {
    let queues = Queues::in_memory().unwrap();
    let id = queues.send(&["letters"], "Rex", NOW).unwrap().remove(0);
    queues.send(&["dead"], "sent there", NOW).unwrap();
    for minute in 0..2 {
        one(queues
            .receive(&letters(), 1, NOW + seconds(60 * minute))
            .unwrap());
    }
    // The second who has received it may still be at it.
    assert_eq!(
        queues.receive(&letters(), 1, NOW + seconds(61)).unwrap(),
        []
    );
    assert_eq!(queues.counts("dead", NOW).unwrap().visible, 1);

    assert_eq!(
        queues.receive(&letters(), 1, NOW + seconds(90)).unwrap(),
        []
    );
    let letter = queues.look("dead", 9).unwrap().remove(0);
    assert_eq!((&letter.id, letter.sent, letter.receives), (&id, NOW, 0));
    assert_eq!(letter.from.as_deref(), Some("letters"));

    assert_eq!(queues.redrive("dead", NOW + seconds(900)).unwrap(), 1);
    assert_eq!(bodies(&queues.look("dead", 9).unwrap()), ["sent there"]);
    let back = one(queues.receive(&letters(), 1, NOW + seconds(1800)).unwrap());
    assert_eq!((&back.id, back.receives, back.from), (&id, 1, None));
    // It has begun anew, and is not too old.
    assert_eq!(back.sent, NOW + seconds(900));
}

#[test]
fn a_receipt_of_before_does_not_reach_a_dead_letter() {
    let queues = Queues::in_memory().unwrap();
    queues.send(&["letters"], "Rex", NOW).unwrap();
    one(queues.receive(&letters(), 1, NOW).unwrap());
    let last = one(queues.receive(&letters(), 1, NOW + seconds(30)).unwrap());
    assert_eq!(
        queues.receive(&letters(), 0, NOW + seconds(60)).unwrap(),
        []
    );
    assert_eq!(queues.delete(&[&last.receipt]).unwrap(), 0);
    assert_eq!(queues.look("dead", 9).unwrap().len(), 1);
}

#[test]
fn one_dead_letter_is_mended_and_sent_back() {
    let queues = Queues::in_memory().unwrap();
    for body in ["Rex", "Ada"] {
        queues.send(&["letters"], body, NOW).unwrap();
    }
    for minute in 0..3 {
        queues
            .receive(&letters(), 9, NOW + seconds(60 * minute))
            .unwrap();
    }
    let rex = queues.look("dead", 1).unwrap().remove(0);
    let later = NOW + seconds(180);
    // Somebody looks into it: nobody takes it away from under them.
    let held = one(queues.receive(&dead(), 1, later).unwrap());
    let redrive = |body| queues.redrive_one("dead", &rex.id, body, later);
    assert!(!redrive(None).unwrap());
    assert!(queues.hide(&held.receipt, later).unwrap());
    assert!(!queues.redrive_one("dead", "nobody", None, later).unwrap());
    let long = "x".repeat(LONGEST + 1);
    assert!(matches!(redrive(Some(&long)), Err(Failure::TooLong(_))));

    assert!(redrive(Some("Rex, again")).unwrap());
    assert_eq!(bodies(&queues.look("letters", 9).unwrap()), ["Rex, again"]);
    assert_eq!(bodies(&queues.look("dead", 9).unwrap()), ["Ada"]);
    // Who has looked into it has no hand in it any more.
    assert_eq!(queues.delete(&[&held.receipt]).unwrap(), 0);
}

#[test]
fn a_message_is_received_once_before_it_is_given_up() {
    let queues = Queues::in_memory().unwrap();
    queues.send(&["letters"], "Rex", NOW).unwrap();
    let dead = letters().dead.map(|dead| Dead { after: 0, ..dead });
    let strict = Queue { dead, ..letters() };
    one(queues.receive(&strict, 1, NOW).unwrap());
    assert_eq!(queues.receive(&strict, 1, NOW + seconds(30)).unwrap(), []);
    assert_eq!(queues.look("dead", 9).unwrap().len(), 1);
}

#[test]
fn a_dead_letter_ages_from_when_it_was_first_sent() {
    let queues = Queues::in_memory().unwrap();
    let received = |queue: &Queue, second| {
        let messages = queues.receive(queue, 9, NOW + seconds(second)).unwrap();
        messages.len()
    };
    queues.send(&["letters"], "Rex", NOW).unwrap();
    let counts: Vec<usize> = [900, 960, 1000].map(|at| received(&letters(), at)).into();
    assert_eq!(counts, [1, 1, 0]);
    assert_eq!(received(&dead(), 2000), 1);
    // Hidden as it is, it has become too old.
    assert_eq!(received(&dead(), 2001), 0);
    assert_eq!(queues.look("dead", 9).unwrap(), []);
}

#[test]
fn a_message_goes_to_all_queues_or_to_none() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("queues.db");
    let queues = Queues::open(&file).unwrap();
    let ids = queues.send(&["letters", "office"], "Rex", NOW).unwrap();
    assert_ne!(ids[0], ids[1]);
    let refuse = "CREATE TRIGGER closed BEFORE INSERT ON messages WHEN NEW.queue = 'office'
                  BEGIN SELECT RAISE(ABORT, 'the office is closed'); END";
    let closer = rusqlite::Connection::open(&file).unwrap();
    closer.execute_batch(refuse).unwrap();
    let failure = queues.send(&["letters", "office"], "Ada", NOW).unwrap_err();
    let line = format!("{}: the office is closed", file.display());
    assert_eq!(failure.to_string(), line);
    assert_eq!(bodies(&queues.look("letters", 9).unwrap()), ["Rex"]);
    assert_eq!(bodies(&queues.look("office", 9).unwrap()), ["Rex"]);
}

#[test]
fn what_is_too_long_is_refused() {
    let queues = Queues::in_memory().unwrap();
    let longest = "x".repeat(LONGEST);
    queues.send(&["letters"], &longest, NOW).unwrap();
    let failure = queues
        .send(&["letters"], &(longest + "x"), NOW)
        .unwrap_err();
    let line = "the message has 1048577 bytes, and may have 1048576; send where it lies instead";
    assert_eq!(failure.to_string(), line);
}

#[test]
fn a_mapping_is_told_how_far_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("queues.db");
    let queues = Queues::open(&file).unwrap();
    assert_eq!(queues.position("letters", "shard 1").unwrap(), None);
    for sequence in ["7", "8"] {
        queues.set_position("letters", "shard 1", sequence).unwrap();
    }
    queues.set_position("letters", "shard 2", "3").unwrap();
    drop(queues);
    let queues = Queues::open(&file).unwrap();
    let position = |mapping, shard| queues.position(mapping, shard).unwrap();
    assert_eq!(position("letters", "shard 1").as_deref(), Some("8"));
    assert_eq!(position("letters", "shard 2").as_deref(), Some("3"));
    assert_eq!(position("office", "shard 1"), None);
}

#[test]
fn a_file_that_is_none_of_ours_is_refused_in_a_line_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text");
    fs::write(&text, "All dogs are good dogs. ".repeat(50)).unwrap();
    let other = folder.path().join("other.db");
    let shop = rusqlite::Connection::open(&other).unwrap();
    shop.execute_batch("CREATE TABLE messages (id)").unwrap();
    let table = [
        ("".into(), "name a file, not a folder"),
        (folder.path().into(), "name a file, not a folder"),
        (
            folder.path().join("no/queues.db"),
            "the folder above it cannot be opened: No such file or directory (os error 2)",
        ),
        (text.join("queues.db"), "unable to open database file"),
        (text, "file is not a database"),
        (other, "it is another program's database"),
    ];
    for (file, why) in table {
        let failure = Queues::open(&file).unwrap_err().to_string();
        assert_eq!(failure, format!("{}: {why}", file.display()));
    }
    let mode: String = shop
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "delete", "what is another program's is left as it is");
}
