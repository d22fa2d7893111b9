//! Lists and reports may be some seconds behind what was answered before, as the contract says.

use std::thread;
use std::time::{Duration, Instant};

use super::{Check, Stop};

/// How many seconds "some" are.
const BEHIND: Duration = Duration::from_secs(5);

const PAUSE: Duration = Duration::from_millis(50);

/// Whoever was behind may hear more of it.
pub(super) const STAYS: Duration = Duration::from_secs(1);

/// What is said once it is as it is due, or once it had the time for that. What was not so at once has to stay so.
pub(super) fn settled<T>(
    is_due: impl Fn(&T) -> bool,
    mut read: impl FnMut() -> Check<T>,
) -> Check<T> {
    let mut said = read()?;
    if is_due(&said) {
        return Ok(said);
    }
    let begin = Instant::now();
    while !is_due(&said) && begin.elapsed() < BEHIND {
        thread::sleep(PAUSE);
        said = read()?;
    }
    if is_due(&said) {
        thread::sleep(STAYS);
        said = read()?;
    }
    Ok(said)
}

/// As [`settled`], for what is asked and found broken or not.
pub(super) fn settles(mut ask: impl FnMut() -> Check<()>) -> Check<()> {
    let said = settled(Result::is_ok, || match ask() {
        Ok(()) => Ok(Ok(())),
        Err(Stop::Broken(lines)) => Ok(Err(lines)),
        Err(other) => Err(other),
    })?;
    said.map_err(Stop::Broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_as_it_is_due_is_read_once() {
        let mut reads = 0;
        let said = settled(
            |said| *said == 1,
            || {
                reads += 1;
                Ok(reads)
            },
        );
        assert!(matches!(said, Ok(1)));
        assert_eq!(reads, 1);
    }

    #[test]
    fn what_comes_late_has_to_stay() {
        let mut reads = 0;
        let mut asked = |last: u32| {
            let says = move |reads| match reads {
                0..3 => 0,
                3 => 1,
                _ => last,
            };
            let said = settled(
                |said| *said == 1,
                || {
                    reads += 1;
                    Ok(says(reads))
                },
            );
            reads = 0;
            said
        };
        assert!(matches!(asked(1), Ok(1)));
        // A second pet that nobody should have.
        assert!(matches!(asked(2), Ok(2)));
    }

    #[test]
    fn what_stays_broken_is_broken() {
        let mut left = 2;
        let comes_right = settles(|| {
            left -= i32::from(left > 0);
            if left == 0 {
                Ok(())
            } else {
                Err(Stop::broken("not yet"))
            }
        });
        assert!(comes_right.is_ok());
        let lines = match settles(|| Err(Stop::broken("never"))) {
            Err(Stop::Broken(lines)) => lines,
            other => panic!("{other:?}"),
        };
        assert_eq!(lines, ["never"]);
    }
}
