//! Times of operations that take turns, so that what disturbs one disturbs the others too.

use std::time::Instant;

/// The times of each operation in each round, in the order of the first.
#[derive(Debug, Default)]
pub struct Rounds(Vec<(&'static str, Vec<f64>)>);

impl Rounds {
    /// Runs an operation so many times, one after the other, as a part of the present round.
    pub async fn time(&mut self, name: &'static str, times: u32, mut operation: impl AsyncFnMut()) {
        let start = Instant::now();
        for _ in 0..times {
            operation().await;
        }
        let each = start.elapsed().as_secs_f64() / f64::from(times.max(1));
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, seconds)) => seconds.push(each),
            None => self.0.push((name, vec![each])),
        }
    }

    /// Returns the median of an operation's times, each divided by that of its peer in the same round.
    pub fn ratio(&self, name: &str, peer: &str) -> Option<f64> {
        let of = |wanted: &str| self.0.iter().find(|(known, _)| *known == wanted).map(|(_, seconds)| seconds);
        let mut ratios: Vec<_> = of(name)?.iter().zip(of(peer)?).map(|(own, peer)| own / peer).collect();
        ratios.sort_by(f64::total_cmp);
        ratios.get(ratios.len() / 2).copied()
    }

    /// Returns the ratios of these operations as cells of a table.
    pub fn cells(&self, names: &[&str], peer: &str) -> String {
        let cell = |name: &&str| match self.ratio(name, peer) {
            Some(ratio) => format!(" {} |", rounded(ratio)),
            None => " |".to_owned(),
        };
        names.iter().map(cell).collect()
    }
}

/// Two digits that count.
fn rounded(ratio: f64) -> String {
    match ratio {
        ..0.1 => format!("{ratio:.3}"),
        ..1.0 => format!("{ratio:.2}"),
        ..10.0 => format!("{ratio:.1}"),
        _ => format!("{ratio:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_the_median_of_rounds() {
        let mut rounds = Rounds::default();
        rounds.0.push(("peer", vec![1.0, 2.0, 4.0]));
        rounds.0.push(("own", vec![3.0, 10.0, 4.0]));
        assert_eq!(rounds.ratio("own", "peer"), Some(3.0));
        assert_eq!(rounds.ratio("own", "nobody"), None);
        assert_eq!(rounds.cells(&["own", "nobody"], "peer"), " 3.0 | |");
    }

    #[test]
    fn figures_are_short() {
        assert_eq!([0.01234, 0.456, 1.26, 123.4].map(rounded), ["0.012", "0.46", "1.3", "123"]);
    }
}
