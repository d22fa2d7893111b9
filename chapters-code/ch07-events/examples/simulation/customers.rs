//! Customers, who adopt pets and bring them back, and ask again until they are answered.

use ch01_bare_server::pets::Customer;
use ch01_bare_server::shop::Command;
use ch02_virtual_server::answer::Answer;
use ch02_virtual_server::order::{Key, Order};
use ch03_platform::failure::Failure;
use ch06_state::keys;
use ch07_events::outbox;

use crate::tally::Fault;
use crate::world::{Done, Whose, World};

/// How many wishes there are.
const MOST: usize = 6;

/// What somebody wants, and has been told.
pub struct Wish {
    /// Who.
    pub customer: String,
    /// By their numbers.
    pub pets: Vec<usize>,
    /// Otherwise they are adopted.
    pub gives_back: bool,
    order: Order,
    /// What the shop calls each try.
    pub requests: Vec<String>,
    /// The tries that are under way.
    tries: usize,
    pub answer: Option<Answer>,
}

impl Wish {
    /// Whether the customer was told that it is so.
    pub fn is_granted(&self) -> bool {
        let answer = self.answer.as_ref();
        answer.is_some_and(|answer| answer.status < 300)
    }
}

impl World<'_> {
    /// Somebody wants something new, or asks again; early, if the last try is under way.
    pub fn somebody_asks(&mut self) {
        let open = self.open();
        if self.wishes.len() < MOST && (open.is_empty() || self.rng.bool()) {
            let wish = self.wish();
            self.wishes.push(wish);
            self.ask(self.wishes.len() - 1);
        } else if let Some(wish) = self.rng.choice(open) {
            let is_early = self.wishes[wish].tries > 0;
            if is_early && self.rng.u8(0..4) > 0 {
                return;
            }
            if is_early {
                self.wire.state().tally.count(Fault::AskedTooEarly);
            }
            self.ask(wish);
        }
    }

    /// Those who have no answer ask again.
    pub fn all_ask(&mut self) {
        for wish in self.open() {
            self.ask(wish);
        }
    }

    /// Those who have no answer yet.
    pub fn open(&self) -> Vec<usize> {
        let wishes = self.wishes.iter().enumerate();
        let open = wishes.filter(|(_, wish)| wish.answer.is_none());
        open.map(|(at, _)| at).collect()
    }

    fn wish(&mut self) -> Wish {
        let first = self.rng.usize(0..self.shop.pets.len());
        let gives_back = self.is_away(first) && self.rng.u8(0..4) > 0;
        let mut pets = vec![first];
        if !gives_back && self.rng.u8(0..3) == 0 {
            pets.push((first + 1) % self.shop.pets.len());
        }
        let customer = format!("customer {}", self.wishes.len() + 1);
        let ids = pets.iter().map(|pet| self.shop.pets[*pet].id.clone());
        let command = if gives_back {
            Command::Return {
                pet: self.shop.pets[first].id.clone(),
                reason: "sings at four".into(),
            }
        } else {
            Command::Adopt {
                pets: ids.collect(),
                customer: Customer(customer.clone()),
            }
        };
        let key = Some(Key::new(&customer, "/", b""));
        let tell = [Answer::one, Answer::several][pets.len() - 1];
        Wish {
            customer,
            pets,
            gives_back,
            order: Order { command, key, tell },
            requests: vec![],
            tries: 0,
            answer: None,
        }
    }

    /// Whether a pet has a home, as far as customers were told.
    fn is_away(&self, pet: usize) -> bool {
        let granted = self.wishes.iter().filter(|wish| wish.is_granted());
        let about = granted.filter(|wish| wish.pets.contains(&pet));
        let (back, away): (Vec<_>, Vec<_>) = about.partition(|wish| wish.gives_back);
        away.len() > back.len()
    }

    /// The key stays the same, and the request is another one.
    fn ask(&mut self, at: usize) {
        let wish = &mut self.wishes[at];
        let request = format!("request {} of {}", wish.requests.len() + 1, wish.customer);
        let names = wish.pets.iter().map(|pet| self.shop.pets[*pet].name);
        let names = names.collect::<Vec<_>>().join(" and ");
        let what = if wish.gives_back {
            "to bring back"
        } else {
            "to adopt"
        };
        self.wire
            .state()
            .tell(&format!("{request}: {what} {names}"));
        wish.requests.push(request.clone());
        wish.tries += 1;
        let (counter, order) = (self.counter.clone(), wish.order.clone());
        let during = request.clone();
        let work = async move {
            let answer = outbox::during(during, counter.execute(&order)).await;
            Done::Answer(answer)
        };
        self.begin(Whose::Customer(at), request, work);
    }

    /// What a try came to; none, if the counter has crashed at it. Who is told that the
    /// shop is in trouble has no answer yet.
    pub fn told(&mut self, at: usize, answer: Option<Result<Answer, Failure>>) {
        let wish = &mut self.wishes[at];
        wish.tries -= 1;
        let Some(Ok(answer)) = answer.filter(|answer| !is_in_flight(answer)) else {
            return;
        };
        let mut state = self.wire.state();
        state.tell(&format!("{} is told {}", wish.customer, answer.status));
        match &wish.answer {
            None => wish.answer = Some(answer),
            Some(before) if *before == answer => {}
            Some(_) => self
                .wrong
                .push(format!("{} has two answers", wish.customer)),
        }
    }
}

fn is_in_flight(answer: &Result<Answer, Failure>) -> bool {
    answer
        .as_ref()
        .is_ok_and(|answer| *answer == keys::in_flight())
}
