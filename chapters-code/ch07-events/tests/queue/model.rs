//! Whatever is done in whatever order, a message is in one place.

use ch07_events::queue::{Message, Queue, Queues};
use proptest::prelude::*;
use proptest::sample::Index;

use super::{NOW, dead, letters, seconds};

/// Something that somebody does. Times are seconds from now on.
#[derive(Debug, Clone)]
enum Step {
    Send,
    Receive(usize),
    ReceiveDead(usize),
    Delete(Index),
    Hide(Index, u64),
    Redrive,
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        2 => Just(Step::Send),
        4 => (0..4_usize).prop_map(Step::Receive),
        1 => (0..4_usize).prop_map(Step::ReceiveDead),
        1 => any::<Index>().prop_map(Step::Delete),
        2 => (any::<Index>(), 0..60_u64).prop_map(|(receipt, until)| Step::Hide(receipt, until)),
        1 => Just(Step::Redrive),
        4 => prop_oneof![Just(29), Just(30), 0..100_u64].prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..60)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Letters,
    Dead,
    DeadSentThere,
    Deleted,
    Expired,
}

/// What we know of a message.
#[derive(Debug)]
struct Known {
    id: String,
    place: Place,
    sent: u64,
    visible: u64,
    receives: u32,
    receipt: Option<String>,
}

impl Known {
    fn is_in(&self, queue: &Queue) -> bool {
        match self.place {
            Place::Letters => queue.name == "letters",
            Place::Dead | Place::DeadSentThere => queue.name == "dead",
            Place::Deleted | Place::Expired => false,
        }
    }
}

/// All messages that there ever were, in the order in which they were sent.
struct Model {
    queues: Queues,
    known: Vec<Known>,
    receipts: Vec<String>,
    now: u64,
}

impl Model {
    fn take(&mut self, step: &Step) {
        let now = NOW + seconds(self.now);
        match step {
            Step::Wait(time) => self.now += time,
            Step::Send => {
                let ids = self.queues.send(&["letters", "dead"], "Rex", now).unwrap();
                for (id, place) in ids.into_iter().zip([Place::Letters, Place::DeadSentThere]) {
                    let (sent, visible) = (self.now, self.now);
                    let (receives, receipt) = (0, None);
                    self.known.push(Known {
                        id,
                        place,
                        sent,
                        visible,
                        receives,
                        receipt,
                    });
                }
            }
            Step::Receive(most) => self.receive(&short(letters()), *most),
            Step::ReceiveDead(most) => self.receive(&short(dead()), *most),
            Step::Delete(_) | Step::Hide(..) if self.receipts.is_empty() => {}
            Step::Delete(receipt) => {
                let receipt = receipt.get(&self.receipts);
                let deleted = self.queues.delete(&[receipt]).unwrap();
                let known = self.known.iter_mut();
                let mut theirs = known.filter(|known| known.receipt.as_ref() == Some(receipt));
                let theirs = theirs.next();
                assert_eq!(deleted, usize::from(theirs.is_some()));
                if let Some(known) = theirs {
                    (known.place, known.receipt) = (Place::Deleted, None);
                }
            }
            Step::Hide(receipt, time) => {
                let receipt = receipt.get(&self.receipts);
                let hidden = self.queues.hide(receipt, now + seconds(*time)).unwrap();
                let known = self.known.iter_mut();
                let mut theirs = known.filter(|known| known.receipt.as_ref() == Some(receipt));
                let theirs = theirs.next();
                assert_eq!(hidden, theirs.is_some());
                if let Some(known) = theirs {
                    known.visible = self.now + time;
                }
            }
            Step::Redrive => {
                let moved = self.queues.redrive("dead", now).unwrap();
                let known = self.known.iter_mut();
                let back =
                    |known: &&mut Known| known.place == Place::Dead && known.visible <= self.now;
                let back: Vec<_> = known.filter(back).collect();
                assert_eq!(moved, back.len());
                for known in back {
                    (known.place, known.sent) = (Place::Letters, self.now);
                    (known.receives, known.receipt) = (0, None);
                }
            }
        }
    }

    fn receive(&mut self, queue: &Queue, most: usize) {
        let received = self.queues.receive(queue, most, NOW + seconds(self.now));
        let received = received.unwrap();
        for known in self.known.iter_mut().filter(|known| known.is_in(queue)) {
            if self.now - known.sent > queue.retention.as_secs() {
                (known.place, known.receipt) = (Place::Expired, None);
            } else if let Some(dead) = &queue.dead
                && known.visible <= self.now
                && known.receives >= dead.after
            {
                known.place = Place::Dead;
                (known.receives, known.receipt) = (0, None);
            }
        }
        let known = self.known.iter_mut();
        let visible = |known: &&mut Known| known.is_in(queue) && known.visible <= self.now;
        let mut visible: Vec<_> = known.filter(visible).collect();
        visible.sort_by_key(|known| known.sent);
        visible.truncate(most);
        assert_eq!(received.len(), visible.len());
        for (
            known,
            Message {
                id,
                receipt,
                receives,
                ..
            },
        ) in visible.into_iter().zip(received)
        {
            known.visible = self.now + queue.visibility.as_secs();
            known.receives += 1;
            assert_eq!((&id, receives), (&known.id, known.receives));
            assert!(!self.receipts.contains(&receipt));
            self.receipts.push(receipt.clone());
            known.receipt = Some(receipt);
        }
    }

    fn check(&self) {
        for queue in [letters(), dead()] {
            let messages = self.queues.look(&queue.name, usize::MAX).unwrap();
            let is: Vec<_> = messages
                .iter()
                .map(|message| (&message.id, message.receives))
                .collect();
            let known = self.known.iter().filter(|known| known.is_in(&queue));
            let mut known: Vec<_> = known.collect();
            known.sort_by_key(|known| known.sent);
            let should: Vec<_> = known
                .iter()
                .map(|known| (&known.id, known.receives))
                .collect();
            assert_eq!(is, should, "in {}", queue.name);
            let counts = self
                .queues
                .counts(&queue.name, NOW + seconds(self.now))
                .unwrap();
            let hidden = known
                .iter()
                .filter(|known| known.visible > self.now)
                .count();
            assert_eq!((counts.visible + counts.hidden) as usize, known.len());
            assert_eq!(counts.hidden as usize, hidden);
        }
    }
}

/// Few steps are many seconds.
fn short(queue: Queue) -> Queue {
    Queue {
        retention: queue.retention / 5,
        ..queue
    }
}

proptest! {
    #[test]
    fn a_message_is_in_one_place_and_nobody_receives_a_hidden_one(steps in steps()) {
        let queues = Queues::in_memory().unwrap();
        let mut model = Model { queues, known: vec![], receipts: vec![], now: 0 };
        for step in steps {
            model.take(&step);
            model.check();
        }
    }
}
