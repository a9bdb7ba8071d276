//! The popularity of logins: the share of the requests that each has.

/// The share of all requests that each login has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Popularity {
    Uniform,
    /// The share of the n-th is ln(1 + 1/n) / ln(1 + N), about 1/n: Zipf's law in a form that can be drawn from at once.
    Zipf,
}

/// Logins in the order of their shares, of which a machine sees each or one of so many neighbours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Traffic {
    pub(crate) popularity: Popularity,
    pub(crate) logins: u64,
    /// 1 if any machine sees each; the number of machines if one machine sees all requests of a login.
    pub(crate) stride: u64,
    /// Requests per second of one machine.
    pub(crate) rate: u64,
}

/// Logins that are used about equally often.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Band {
    pub(crate) logins: f64,
    /// The share of the requests that these logins have together.
    pub(crate) share: f64,
    /// Requests per second for each of them at one machine.
    pub(crate) rate: f64,
}

impl Traffic {
    /// The number of logins that one machine sees.
    pub(crate) fn seen(&self) -> u64 {
        self.logins / self.stride
    }

    /// Returns the login of a request by a number from 0 to 1.
    pub(crate) fn draw(&self, uniform: f64) -> u64 {
        let logins = self.logins as f64;
        let place = match self.popularity {
            Popularity::Uniform => uniform * logins,
            Popularity::Zipf => (logins + 1.0).powf(uniform) - 1.0,
        };
        (place as u64 / self.stride).min(self.seen() - 1)
    }

    /// The share of all logins before this one, as a machine numbers them.
    fn before(&self, login: u64) -> f64 {
        let (place, logins) = ((login * self.stride) as f64, self.logins as f64);
        match self.popularity {
            Popularity::Uniform => place / logins,
            Popularity::Zipf => place.ln_1p() / logins.ln_1p(),
        }
    }

    /// Returns all logins that a machine sees, the first ones alone and the others in bands whose shares hardly differ.
    pub(crate) fn bands(&self) -> Vec<Band> {
        let (mut bands, mut first) = (Vec::new(), 0);
        while first < self.seen() {
            let end = (first + 1 + first / 100).min(self.seen());
            let (logins, share) = ((end - first) as f64, self.before(end) - self.before(first));
            bands.push(Band { logins, share, rate: self.rate as f64 * share / logins });
            first = end;
        }
        bands
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_is_what_is_summed() {
        for popularity in [Popularity::Uniform, Popularity::Zipf] {
            for stride in [1, 4] {
                let traffic = Traffic { popularity, logins: 4_000, stride, rate: 10 };
                let bands = traffic.bands();
                let sum = |of: fn(&Band) -> f64| bands.iter().map(of).sum::<f64>();
                assert_eq!(sum(|band| band.logins), traffic.seen() as f64);
                assert!((sum(|band| band.share) - 1.0).abs() < 1e-9);
                assert!((sum(|band| band.rate * band.logins) - 10.0).abs() < 1e-9);
                const DRAWS: u32 = 100_000;
                let firsts =
                    (0..DRAWS).filter(|n| traffic.draw(f64::from(*n) / f64::from(DRAWS)) == 0).count();
                let share = firsts as f64 / f64::from(DRAWS);
                assert!((share - bands[0].share).abs() < 2e-4, "{share} {bands:?}");
            }
        }
    }
}
