//! The promises and the measured values, in a few lines.

use std::fmt;

use crate::report::{GROWTH, Report, SHARE, median, share};
use crate::rounds::{Measured, Round};

pub struct Summary<'r>(pub &'r Report);

impl Summary<'_> {
    fn shares(&self) -> (f64, f64) {
        let shares = || self.0.floods.iter().map(share);
        (shares().fold(f64::INFINITY, f64::min), shares().fold(0.0, f64::max))
    }

    /// The longest of the floods' medians, in milliseconds.
    fn longest(&self, of: fn(&Round) -> f64) -> f64 {
        let medians = self.0.floods.iter().map(|flood: &Measured| median(flood.rounds.iter().map(of)));
        medians.fold(0.0, f64::max)
    }
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let floods = &self.0.floods;
        let (least, most) = self.shares();
        writeln!(f, "| | promised | measured |\n|---|---|---|")?;
        writeln!(
            f,
            "| browsers' throughput, as a share of that beside the same flood of a route without a session | {SHARE} \
             | {least:.2} to {most:.2} for {} floods: where 503 is the answer it costs less than a page |",
            floods.len()
        )?;
        writeln!(
            f,
            "| the slowest of a hundred of their requests | 1 s | {:.1} ms at most, without a flood {:.1} ms (medians of \
             the rounds) |",
            self.longest(|round| round.flooded.p99.as_secs_f64() * 1e3),
            self.longest(|round| round.alone.p99.as_secs_f64() * 1e3),
        )?;
        let newcomers = |of: fn(&(u64, u64)) -> u64| -> u64 {
            floods.iter().map(|flood| of(&flood.arriving.newcomers)).sum()
        };
        let (served, came) = (newcomers(|newcomers| newcomers.0), newcomers(|newcomers| newcomers.1));
        writeln!(f, "| logins with a password or an RSA session meanwhile | | {served} of {came} |")?;
        let [(_, first), .., (_, last)] = self.0.memory.samples.as_slice() else { return Ok(()) };
        writeln!(
            f,
            "| resident memory between the tenth and the last of {} requests, valid, forged and in chunks | {:.0} % | from \
             {} to {} KiB |",
            self.0.requests,
            GROWTH * 100.0,
            first.kib,
            last.kib
        )?;
        writeln!(
            f,
            "| threads and open files | no more | from {} and {} to {} and {} |",
            first.threads, first.files, last.threads, last.files
        )
    }
}
