//! Figures of several rounds: their median and how far they lie apart.

/// The figures of some rounds.
#[derive(Debug, Clone, Default)]
pub struct Rounds(Vec<f64>);

impl Rounds {
    /// Adds the figure of a round.
    pub fn add(&mut self, figure: f64) {
        self.0.push(figure);
        self.0.sort_by(f64::total_cmp);
    }

    /// The middle one; of an even number the mean of the two in the middle; 0 of none.
    #[must_use]
    pub fn median(&self) -> f64 {
        let middle = self.0.len() / 2;
        match self.0.len() {
            0 => 0.0,
            length if length % 2 == 1 => self.0[middle],
            _ => f64::midpoint(self.0[middle - 1], self.0[middle]),
        }
    }

    /// The greatest; 0 of none.
    #[must_use]
    pub fn most(&self) -> f64 {
        self.0.last().copied().unwrap_or_default()
    }

    /// From the least to the most, in percent of the median.
    #[must_use]
    pub fn spread_percent(&self) -> f64 {
        let (Some(least), Some(most)) = (self.0.first(), self.0.last()) else {
            return 0.0;
        };
        if self.median() == 0.0 {
            0.0
        } else {
            100.0 * (most - least) / self.median()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle_and_the_spread_is_of_it() {
        let mut rounds = Rounds::default();
        for figure in [30.0, 10.0, 20.0] {
            rounds.add(figure);
        }
        assert!((rounds.median() - 20.0).abs() < 1e-9);
        assert!((rounds.spread_percent() - 100.0).abs() < 1e-9);
        rounds.add(40.0);
        assert!((rounds.most() - 40.0).abs() < 1e-9);
        assert!((rounds.median() - 25.0).abs() < 1e-9);
        assert!(Rounds::default().median().abs() < 1e-9);
    }
}
