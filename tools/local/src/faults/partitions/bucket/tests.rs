use std::time::{Duration, Instant};

use super::{Buckets, Partition, Share};

fn write(value: &str, units: f64) -> Share {
    share(false, value, units)
}

fn share(is_read: bool, value: &str, units: f64) -> Share {
    let (table, value) = ("pets".to_owned(), value.to_owned());
    let partition = Partition {
        is_read,
        table,
        value,
    };
    Share { partition, units }
}

#[test]
fn a_partition_takes_the_units_of_a_second_and_no_more() {
    let (mut buckets, now) = (Buckets::new(3), Instant::now());
    for _ in 0..3 {
        assert_eq!(buckets.take(&[write("1", 1.0)], now), Ok(()));
    }
    assert_eq!(buckets.take(&[write("1", 1.0)], now), Err(vec![true]));
    assert_eq!(buckets.take(&[write("2", 3.0)], now), Ok(()));
}

#[test]
fn units_come_back_with_time_until_it_is_full() {
    let (mut buckets, now) = (Buckets::new(4), Instant::now());
    assert_eq!(buckets.take(&[write("1", 4.0)], now), Ok(()));
    let later = now + Duration::from_millis(250);
    assert_eq!(buckets.take(&[write("1", 2.0)], later), Err(vec![true]));
    assert_eq!(buckets.take(&[write("1", 1.0)], later), Ok(()));
    let much_later = later + Duration::from_mins(1);
    assert_eq!(buckets.take(&[write("1", 4.0)], much_later), Ok(()));
    assert_eq!(
        buckets.take(&[write("1", 1.0)], much_later),
        Err(vec![true])
    );
}

#[test]
fn a_transaction_takes_from_all_of_its_partitions_or_from_none() {
    let (mut buckets, now) = (Buckets::new(3), Instant::now());
    assert_eq!(buckets.take(&[write("1", 2.0)], now), Ok(()));
    let both = [write("1", 2.0), write("2", 2.0)];
    assert_eq!(buckets.take(&both, now), Err(vec![true, false]));
    assert_eq!(buckets.take(&[write("2", 3.0)], now), Ok(()));
    assert_eq!(buckets.take(&[write("1", 1.0)], now), Ok(()));
}

#[test]
fn two_items_of_one_partition_take_their_units_together() {
    let (mut buckets, now) = (Buckets::new(3), Instant::now());
    assert_eq!(buckets.take(&[write("1", 1.0)], now), Ok(()));
    let both = [write("1", 2.0), write("1", 2.0)];
    assert_eq!(buckets.take(&both, now), Err(vec![true, true]));
}

#[test]
fn there_are_three_reads_to_a_write_and_neither_takes_from_the_other() {
    let (mut buckets, now) = (Buckets::new(1), Instant::now());
    for _ in 0..3 {
        assert_eq!(buckets.take(&[share(true, "1", 1.0)], now), Ok(()));
    }
    assert_eq!(buckets.take(&[share(true, "1", 1.0)], now), Err(vec![true]));
    assert_eq!(buckets.take(&[write("1", 1.0)], now), Ok(()));
}

#[test]
fn what_takes_more_than_a_second_has_is_paid_for_by_those_behind_it() {
    let (mut buckets, now) = (Buckets::new(2), Instant::now());
    assert_eq!(buckets.take(&[write("1", 6.0)], now), Ok(()));
    let later = now + Duration::from_secs(2);
    assert_eq!(buckets.take(&[write("1", 1.0)], later), Err(vec![true]));
    let later = now + Duration::from_secs(3);
    assert_eq!(buckets.take(&[write("1", 2.0)], later), Ok(()));
}
