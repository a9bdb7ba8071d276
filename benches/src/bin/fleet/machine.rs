//! One machine, request by request, with the memory that the library has.

use unjwt::measuring::ProcessMemory;

use crate::popularity::Traffic;

/// The time of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    /// Milliseconds, as all times of a run.
    pub(crate) recheck: u64,
    pub(crate) warm_up: u64,
    pub(crate) measured: u64,
    /// The time that the store takes for a load.
    pub(crate) round_trip: u64,
}

/// The end of a login somewhere.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ended {
    pub(crate) login: u64,
    pub(crate) at: u64,
}

/// The measurements of one machine.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) checks: u64,
    pub(crate) loads: u64,
    /// The most logins that it remembered.
    pub(crate) remembered: usize,
    /// The time for which it went on to trust each of the logins that ended.
    pub(crate) trusted: Vec<u64>,
}

/// Runs a machine. `ended` is in the order of time. The machine starts within the first `recheck`, since what it checks
/// would come due at the same times as in the others if all started at once.
pub(crate) fn run(traffic: &Traffic, run: Run, mut random: Random, ended: &[Ended]) -> Seen {
    let (mut memory, mut store) = (ProcessMemory::default(), Loads::new(run.round_trip));
    let (mut seen, mut ended) = (Seen::default(), ended.iter().peekable());
    let start = (random.uniform() * (run.recheck * traffic.rate) as f64) as u64 / 1000;
    for number in start..(run.warm_up + run.measured) * traffic.rate / 1000 {
        let now = number * 1000 / traffic.rate;
        while let Some(end) = ended.next_if(|end| end.at <= now) {
            let checked = memory.checked_at(end.login.into());
            seen.trusted.push(checked.map_or(0, |at| (at + run.recheck).saturating_sub(end.at)));
        }
        let asks = memory.asks(traffic.draw(random.uniform()).into(), run.recheck, now);
        if asks {
            store.ask(now);
        }
        if now < run.warm_up {
            store.loads = 0;
        } else {
            seen.checks += u64::from(asks);
        }
        // Between two changes of generations it only grows.
        if number % 1024 == 0 {
            seen.remembered = seen.remembered.max(memory.live());
        }
    }
    seen.trusted.extend(ended.map(|_| 0));
    seen.loads = store.loads;
    seen
}

/// The loads of a machine: as the library does, four at a time, while the checks that come share the next.
struct Loads {
    round_trip: u64,
    /// The times at which those under way end.
    under_way: Vec<u64>,
    waiting: u64,
    loads: u64,
}

/// The most loads at a time, and the most checks in one: three keys each, of the hundred that a load may have.
const AT_ONCE: usize = 4;
const TOGETHER: u64 = 33;

impl Loads {
    fn new(round_trip: u64) -> Self {
        Self { round_trip, under_way: Vec::new(), waiting: 0, loads: 0 }
    }

    fn ask(&mut self, now: u64) {
        while let Some(place) = self.under_way.iter().position(|end| *end <= now) {
            let end = self.under_way.swap_remove(place);
            if self.waiting > 0 {
                self.waiting -= self.waiting.min(TOGETHER);
                self.load(end);
            }
        }
        if self.under_way.len() < AT_ONCE { self.load(now) } else { self.waiting += 1 }
    }

    fn load(&mut self, now: u64) {
        self.loads += 1;
        self.under_way.push(now + self.round_trip);
    }
}

/// Numbers that are the same in each run (SplitMix64).
#[derive(Clone, Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ z >> 31) >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::popularity::Popularity;

    #[test]
    fn a_machine_does_what_the_paper_says() {
        let traffic = Traffic { popularity: Popularity::Uniform, logins: 1_000, stride: 1, rate: 1_000 };
        let run_for = Run { recheck: 2_000, warm_up: 10_000, measured: 10_000, round_trip: 1 };
        let ends: Vec<_> = (0..500).map(|n| Ended { login: n, at: 12_000 + n * 10 }).collect();
        let seen = run(&traffic, run_for, Random(1), &ends);
        let paper = crate::paper::Paper::new(&traffic, 2);
        let checks = seen.checks as f64 / 10.0;
        assert!((0.95..1.05).contains(&(checks / paper.checks())), "{checks} {}", paper.checks());
        assert_eq!((seen.remembered, seen.trusted.len()), (1_000, 500));
        assert!(seen.trusted.iter().all(|time| *time <= 2_000));
        let mut trusted = seen.trusted;
        trusted.sort_unstable();
        let (median, expected) = (trusted[250] as f64 / 1000.0, paper.known_after(0.5, 1));
        assert!((median - expected).abs() < 0.2, "{median} {expected}");
    }

    #[test]
    fn those_who_come_during_four_loads_share_the_next() {
        let mut loads = Loads::new(10);
        (0..10).for_each(|now| loads.ask(now));
        assert_eq!((loads.loads, loads.waiting), (4, 6));
        loads.ask(10);
        assert_eq!((loads.loads, loads.waiting), (5, 1));
    }
}
