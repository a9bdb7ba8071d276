//! The cost of slow key operations on this machine: estimated before they begin, measured when they are done.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::alg::Hash;

/// A kind of operation whose time is known by counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slow {
    /// An iteration of PBKDF2 with each hash.
    Pbkdf2Sha256,
    Pbkdf2Sha384,
    Pbkdf2Sha512,
    /// An RSA private-key operation, which takes eight times as long with twice as many bits; the unit is one
    /// with 512.
    Rsa,
}

const KINDS: usize = 4;

/// The assumed speed of each kind until it is measured, in picoseconds for one unit.
static METERS: [Meter; KINDS] =
    [Meter::new(170_000), Meter::new(450_000), Meter::new(450_000), Meter::new(15_000_000)];

impl Slow {
    /// An iteration of PBKDF2.
    pub(crate) const fn pbkdf2(hash: Hash) -> Self {
        match hash {
            Hash::Sha256 => Self::Pbkdf2Sha256,
            Hash::Sha384 => Self::Pbkdf2Sha384,
            Hash::Sha512 => Self::Pbkdf2Sha512,
        }
    }

    fn meter(self) -> &'static Meter {
        let [sha256, sha384, sha512, rsa] = &METERS;
        match self {
            Self::Pbkdf2Sha256 => sha256,
            Self::Pbkdf2Sha384 => sha384,
            Self::Pbkdf2Sha512 => sha512,
            Self::Rsa => rsa,
        }
    }
}

/// The cost of operations, in units of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost([u64; KINDS]);

impl Cost {
    pub(crate) const NONE: Self = Self([0; KINDS]);

    /// `iterations` iterations of PBKDF2, in one derivation or several.
    pub(crate) fn pbkdf2(hash: Hash, iterations: u32) -> Self {
        Self::of(Slow::pbkdf2(hash), u64::from(iterations))
    }

    /// One private-key operation of RSA with a modulus of `modulus_len` bytes.
    pub(crate) fn rsa(modulus_len: usize) -> Self {
        const UNIT: u64 = 64;
        let len = u64::try_from(modulus_len).unwrap_or(u64::MAX);
        Self::of(Slow::Rsa, len.div_ceil(UNIT).saturating_pow(3))
    }

    fn of(kind: Slow, units: u64) -> Self {
        let of = |other: Slow| if kind == other { units } else { 0 };
        Self([Slow::Pbkdf2Sha256, Slow::Pbkdf2Sha384, Slow::Pbkdf2Sha512, Slow::Rsa].map(of))
    }

    /// Both, one after the other.
    #[must_use]
    pub(crate) fn and(self, other: Self) -> Self {
        let mut sum = self;
        for (units, more) in sum.0.iter_mut().zip(other.0) {
            *units = units.saturating_add(more);
        }
        sum
    }

    /// The time that this takes here, as far as it has been measured.
    pub(crate) fn time(self) -> Duration {
        let picoseconds = METERS.iter().zip(self.0).map(|(meter, units)| meter.rate().saturating_mul(units));
        Duration::from_nanos(picoseconds.fold(0, u64::saturating_add) / 1000)
    }

    /// Runs an operation of this cost and learns from it, if one kind is all that it takes.
    pub(crate) fn measure<R>(self, operation: impl FnOnce() -> R) -> R {
        let begun = Instant::now();
        let result = operation();
        let took = begun.elapsed();
        for (meter, units) in METERS.iter().zip(self.0) {
            meter.learn(units, took);
        }
        result
    }

    /// Returns whether an operation of this kind has been measured.
    pub(crate) fn is_measured(kind: Slow) -> bool {
        kind.meter().measured.load(Ordering::Relaxed) != 0
    }
}

/// The speed of one kind of operation. What two threads learn at once may count once: it is an estimate.
struct Meter {
    /// Picoseconds for one unit; 0 before the first measurement.
    measured: AtomicU64,
    guess: u64,
}

impl Meter {
    const fn new(guess: u64) -> Self {
        Self { measured: AtomicU64::new(0), guess }
    }

    fn rate(&self) -> u64 {
        match self.measured.load(Ordering::Relaxed) {
            0 => self.guess,
            measured => measured,
        }
    }

    fn learn(&self, units: u64, took: Duration) {
        let picoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX).saturating_mul(1000);
        if let Some(rate) = picoseconds.checked_div(units) {
            let known = self.measured.load(Ordering::Relaxed);
            self.measured.store(blend(known, rate), Ordering::Relaxed);
        }
    }
}

/// The new estimate. One run that was interrupted, or the first on a cold machine, does not decide for long.
const fn blend(known: u64, measured: u64) -> u64 {
    let measured = if measured == 0 { 1 } else { measured };
    if known == 0 {
        return measured;
    }
    let (least, most) = (known / 4, known.saturating_mul(4));
    let measured = if measured < least {
        least
    } else if measured > most {
        most
    } else {
        measured
    };
    // A quarter of the new one. `known / 4 * 3` cannot overflow.
    let blended = known - known / 4 + measured / 4;
    if blended == 0 { 1 } else { blended }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_add_up_by_kind() {
        let both = Cost::pbkdf2(Hash::Sha256, 600_000).and(Cost::pbkdf2(Hash::Sha256, 400_000));
        assert_eq!(both, Cost::pbkdf2(Hash::Sha256, 1_000_000));
        assert_ne!(both, Cost::pbkdf2(Hash::Sha512, 1_000_000));
        let mixed = both.and(Cost::rsa(256));
        assert_eq!(mixed, Cost([1_000_000, 0, 0, 64]));
        assert_eq!(Cost::NONE.time(), Duration::ZERO);
        assert_eq!(Cost::NONE.and(mixed), mixed);
        assert_eq!(Cost([u64::MAX; KINDS]).and(mixed), Cost([u64::MAX; KINDS]));
    }

    #[test]
    fn twice_the_modulus_is_eight_times_the_work() {
        assert_eq!(
            [256, 384, 512, 1024].map(Cost::rsa),
            [64, 216, 512, 4096].map(|units| Cost::of(Slow::Rsa, units))
        );
    }

    #[test]
    fn a_meter_guesses_until_it_has_measured() {
        let meter = Meter::new(500);
        assert_eq!(meter.rate(), 500);
        meter.learn(0, Duration::from_secs(1));
        assert_eq!(meter.rate(), 500, "nothing was done");
        meter.learn(1_000, Duration::from_micros(1));
        assert_eq!(meter.rate(), 1_000);
        meter.learn(1_000, Duration::from_micros(2));
        assert_eq!(meter.rate(), 1_250);
    }

    #[test]
    fn an_estimate_follows_and_does_not_jump() {
        assert_eq!(blend(0, 700), 700);
        assert_eq!(blend(1_000, 1_000_000), 1_750, "at most four times as slow at once");
        assert_eq!(blend(1_000, 0), 812);
        let mut rate = 1_000;
        for _ in 0..30 {
            rate = blend(rate, 8_000);
        }
        assert!((7_900..=8_000).contains(&rate), "{rate}");
        for (known, measured) in [(u64::MAX, u64::MAX), (1, 0), (1, 1), (0, 0)] {
            assert!(blend(known, measured) > 0);
        }
    }
}
