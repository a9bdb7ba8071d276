//! The figures on paper: requests of a login come at random (a Poisson process) to each machine.
//!
//! A check at age 0 serves the requests until the age `recheck`, unless the process has forgotten it before, because the
//! login was not used for a time T. Let S(a) be the chance that it is still remembered at the age a, and I(a) the integral
//! of S from 0 to a. With r requests per second, a check serves 1 + r I(recheck) requests, so that
//!
//! - checks per second: r / (1 + r I(recheck));
//! - the chance that a process still trusts a login for more than x: r I(recheck - x) / (1 + r I(recheck)).
//!
//! If nothing is forgotten, I(a) = a. T follows from the bound of the memory: a generation of it lasts until as many
//! different logins were used as it holds, G with sum(1 - exp(-r G)) = capacity, and a login is forgotten after one to two
//! of them, 1.5 G on average.

use unjwt::measuring::ProcessMemory;

use crate::popularity::{Band, Traffic};

/// One machine by the formulas.
pub(crate) struct Paper {
    bands: Vec<Band>,
    /// Seconds.
    recheck: f64,
    /// The seconds without use after which a login is forgotten.
    forgotten: f64,
}

impl Paper {
    pub(crate) fn new(traffic: &Traffic, recheck: u64) -> Self {
        let bands = traffic.bands();
        let forgotten = 1.5 * generation(&bands, ProcessMemory::LIVE as f64);
        Self { bands, recheck: recheck as f64, forgotten }
    }

    /// The checks per second.
    pub(crate) fn checks(&self) -> f64 {
        self.bands.iter().map(|band| band.logins * self.checks_of(band)).sum()
    }

    fn checks_of(&self, band: &Band) -> f64 {
        band.rate / (1.0 + band.rate * self.remembered(band, self.recheck))
    }

    /// I(age). S is 1 up to T, and then (1 - q) exp(-k (a - T)), where q = exp(-r T) is the chance of no use for T, and k
    /// is such that a check which is never too old serves 1 / q requests: 1 + r I(infinity) = 1 / q.
    fn remembered(&self, band: &Band, age: f64) -> f64 {
        let (rate, time) = (band.rate, self.forgotten);
        if age <= time {
            return age;
        }
        let (used, product) = (-(-rate * time).exp_m1(), rate * time);
        // The second is the limit of the first, which is a difference of two that are almost equal.
        let rest = if product > 1e-6 { product.exp_m1() / rate - time } else { time * product / 2.0 };
        let later = rest * -(-used * (age - time) / rest).exp_m1();
        time + if rest.is_finite() { later } else { used * (age - time) }
    }

    /// The seconds after which, in this part of all cases, none of so many machines trusts a login any more that ended
    /// elsewhere. It is a login that is used, one of which most requests are.
    pub(crate) fn known_after(&self, part: f64, machines: u64) -> f64 {
        let (mut from, mut to) = (0.0, self.recheck);
        for _ in 0..40 {
            let middle = (from + to) / 2.0;
            if self.is_known(middle, machines) < part { from = middle } else { to = middle }
        }
        // The least of them is 0: nobody trusted it.
        if self.is_known(0.0, machines) >= part { 0.0 } else { to }
    }

    fn is_known(&self, after: f64, machines: u64) -> f64 {
        let known = |band: &Band| {
            let trusts = self.checks_of(band) * self.remembered(band, self.recheck - after);
            band.share * (1.0 - trusts.min(1.0)).powf(machines as f64)
        };
        self.bands.iter().map(known).sum()
    }
}

/// The seconds until so many different logins were used; infinite if there are fewer.
fn generation(bands: &[Band], capacity: f64) -> f64 {
    let used = |time: f64| bands.iter().map(|band| -band.logins * (-band.rate * time).exp_m1()).sum::<f64>();
    if bands.iter().map(|band| band.logins).sum::<f64>() <= capacity {
        return f64::INFINITY;
    }
    let (mut from, mut to) = (0.0, 1.0);
    while used(to) < capacity {
        to *= 2.0;
    }
    for _ in 0..60 {
        let middle = (from + to) / 2.0;
        if used(middle) < capacity { from = middle } else { to = middle }
    }
    to
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::popularity::Popularity;

    #[test]
    fn without_a_bound_it_is_the_textbook_s() {
        let traffic = Traffic { popularity: Popularity::Uniform, logins: 100, stride: 1, rate: 50 };
        let paper = Paper::new(&traffic, 10);
        assert!(paper.forgotten.is_infinite());
        // Half a request per second for each: a check serves six.
        assert!((paper.checks() - 50.0 / 6.0).abs() < 1e-9);
        // It is trusted five sixths of the time, so that one machine has known it at once in a sixth of all cases.
        assert_eq!(paper.known_after(0.16, 1), 0.0);
        assert!((paper.known_after(0.5, 1) - 4.0).abs() < 1e-6);
        assert!(paper.known_after(0.999_999, 1) < 10.0);
    }

    #[test]
    fn a_bound_forgets() {
        let traffic =
            Traffic { popularity: Popularity::Uniform, logins: 10_000_000, stride: 1, rate: 10_000 };
        let (bounded, short) = (Paper::new(&traffic, 60), Paper::new(&traffic, 1));
        assert!((9.0..11.0).contains(&bounded.forgotten), "{}", bounded.forgotten);
        assert!(bounded.checks() < short.checks());
        // As if it were checked again each time that it is forgotten.
        let as_if = 10_000.0 / (1.0 + 0.001 * bounded.forgotten);
        assert!((bounded.checks() - as_if).abs() < 10.0, "{} {as_if}", bounded.checks());
    }
}
