//! One file of the disk, and how much of it a power cut leaves.

/// A file while a program writes it.
#[derive(Debug, Default)]
pub struct File {
    synced: Vec<u8>,
    /// Each with the moment when it had returned.
    unsynced: Vec<(usize, Change)>,
    /// Its length as the program sees it.
    pub length: usize,
    /// Whether the program also writes it through a map, where nobody sees it.
    pub mapped: bool,
}

/// What a call changes of a file.
#[derive(Debug, Clone)]
pub enum Change {
    /// These bytes at this offset.
    Write(usize, Vec<u8>),
    /// A new length.
    Length(usize),
}

impl File {
    /// Something changes; `at` is the moment when the call has returned.
    pub fn change(&mut self, at: usize, change: Change) {
        match &change {
            Change::Write(offset, bytes) => self.length = self.length.max(offset + bytes.len()),
            Change::Length(length) => self.length = *length,
        }
        self.unsynced.push((at, change));
    }

    /// What had returned before `begun` is on the disk.
    pub fn sync(&mut self, begun: usize) {
        for (at, change) in std::mem::take(&mut self.unsynced) {
            if at < begun {
                change.happen(&mut self.synced);
            } else {
                self.unsynced.push((at, change));
            }
        }
    }

    /// What was not synced stays in the kernel's memory and will not be.
    pub fn lose(&mut self) {
        self.unsynced
            .retain(|(_, change)| matches!(change, Change::Length(_)));
    }

    /// What a program reads; of a file that is mapped nobody knows.
    pub fn in_memory(&self) -> Option<Vec<u8>> {
        if self.mapped {
            return anything(None);
        }
        let mut bytes = self.synced.clone();
        for (_, change) in &self.unsynced {
            change.happen(&mut bytes);
        }
        Some(bytes)
    }

    /// What is there after a power cut; with luck, a beginning of what was not synced too, its end torn. Of a file that
    /// is mapped nobody knows: it is gone, or there with anything in it.
    pub fn after_a_cut(&self, luck: Option<&mut fastrand::Rng>) -> Option<Vec<u8>> {
        if self.mapped {
            return anything(luck);
        }
        let mut bytes = self.synced.clone();
        let Some(random) = luck else {
            return Some(bytes);
        };
        let lucky = random.usize(..=self.unsynced.len());
        for (_, change) in &self.unsynced[..lucky] {
            change.happen(&mut bytes);
        }
        if let Some((_, Change::Write(at, torn))) = self.unsynced.get(lucky) {
            let part = random.usize(..=torn.len());
            Change::Write(*at, torn[..part].to_vec()).happen(&mut bytes);
        }
        Some(bytes)
    }
}

/// Nothing at all, or any bytes; without luck, one fixed page of them.
fn anything(luck: Option<&mut fastrand::Rng>) -> Option<Vec<u8>> {
    let (mut random, length) = match luck {
        Some(luck) => {
            let length = luck.choice([None, Some(0), Some(3), Some(32_768), Some(50_000)]);
            (luck.fork(), length.flatten())
        }
        None => (fastrand::Rng::with_seed(4096), Some(32_768)),
    };
    let mut bytes = vec![0; length?];
    random.fill(&mut bytes);
    Some(bytes)
}

impl Change {
    fn happen(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Length(length) => bytes.resize(*length, 0),
            Self::Write(_, new) if new.is_empty() => {}
            Self::Write(at, new) => {
                bytes.resize(bytes.len().max(at + new.len()), 0);
                bytes[*at..at + new.len()].copy_from_slice(new);
            }
        }
    }
}
