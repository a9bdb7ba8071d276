//! Writes the figures as a page, and checks them against what is promised.

use std::fmt;
use std::fs;
use std::time::Duration;

use anyhow::{Context as _, bail};

use crate::crowd::Remembered;
use crate::memory::Memory;
use crate::rounds::{Measured, Round};
use crate::summary::Summary;

/// Visitors keep at least this share of their throughput beside the same flood of a route without a session.
pub const SHARE: f64 = 0.5;
/// 99 of 100 requests are answered within this time.
const P99: Duration = Duration::from_secs(1);
/// The memory may grow by at most this share between the tenth and the last of the requests.
pub const GROWTH: f64 = 0.1;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../unjwt/src/docs/floods.md");
const SUMMARY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../SECURITY.md");

pub struct Report {
    pub edges: Vec<(&'static str, u16, u16)>,
    pub floods: Vec<Measured>,
    pub memory: Memory,
    pub requests: u64,
}

/// Replaces the figures in the documentation's page, and their summary in `SECURITY.md`. Both are from one
/// run.
pub fn write_into_pages(report: &Report) -> anyhow::Result<()> {
    let page = replaced(&fs::read_to_string(PAGE)?, "figures", report)?;
    let summary = replaced(&fs::read_to_string(SUMMARY)?, "floods", &Summary(report))?;
    fs::write(PAGE, page)?;
    Ok(fs::write(SUMMARY, summary)?)
}

/// Replaces the figures on what is remembered in the documentation's page.
pub fn write_remembered(remembered: &Remembered) -> anyhow::Result<()> {
    Ok(fs::write(PAGE, replaced(&fs::read_to_string(PAGE)?, "remembered", remembered)?)?)
}

/// The page with other text between its markers of this name.
fn replaced(page: &str, name: &str, text: &impl fmt::Display) -> anyhow::Result<String> {
    let (begin, end) = (format!("<!-- {name}: begin -->\n"), format!("<!-- {name}: end -->\n"));
    let (before, rest) = page.split_once(&begin).with_context(|| format!("no place for {name}"))?;
    let (_, after) = rest.split_once(&end).with_context(|| format!("the place for {name} has no end"))?;
    Ok(format!("{before}{begin}{text}{end}{after}"))
}

impl Report {
    /// # Errors
    ///
    /// A promise was not kept.
    pub fn judge(&self) -> anyhow::Result<()> {
        let mut broken = Vec::new();
        for flood in &self.floods {
            if share(flood) < SHARE || slowest(flood) >= P99 {
                broken.push(format!("{}: {:.2}, {:?}", flood.title, share(flood), slowest(flood)));
            }
        }
        if let [(_, first), .., (_, last)] = self.memory.samples.as_slice()
            && (last.kib as f64 > first.kib as f64 * (1.0 + GROWTH)
                || last.files > first.files
                || last.threads > first.threads)
        {
            broken.push(format!("from {first:?} to {last:?}"));
        }
        if !broken.is_empty() {
            bail!("not as promised:\n{}", broken.join("\n"));
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| flood | a second | answers | alone | beside | flooded | share | p99 alone | beside | flooded | newcomers |"
        )?;
        writeln!(f, "|---|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|")?;
        for flood in &self.floods {
            let figure = |of: fn(&Round) -> f64| median(flood.rounds.iter().map(of));
            let millis = |of: fn(&Round) -> Duration| {
                format!("{:.1} ms", median(flood.rounds.iter().map(|round| of(round).as_secs_f64() * 1e3)))
            };
            let statuses = flood.statuses();
            let total = statuses.values().sum::<u64>().max(1);
            let answers: Vec<_> = statuses
                .iter()
                .map(|(status, count)| format!("{status}: {:.1} %", *count as f64 * 100.0 / total as f64))
                .collect();
            let (served, came) = flood.arriving.newcomers;
            writeln!(
                f,
                "| {} | {:.0} of {} | {} | {:.0} | {:.0} | {:.0} | {:.2} | {} | {} | {} | {served} of {came} |",
                flood.title,
                figure(|round| round.flooded.flooded),
                flood.rate,
                answers.join(", "),
                figure(|round| round.alone.throughput),
                figure(|round| round.plain.throughput),
                figure(|round| round.flooded.throughput),
                share(flood),
                millis(|round| round.alone.p99),
                millis(|round| round.plain.p99),
                millis(|round| round.flooded.p99),
            )?;
        }

        writeln!(f, "\n| `Cookie` of one request | with a session | without |\n|---|---:|---:|")?;
        for (what, session, plain) in &self.edges {
            writeln!(f, "| {what} | {session} | {plain} |")?;
        }

        writeln!(f, "\n| of {} requests | resident memory | threads | open files |", self.requests)?;
        writeln!(f, "|---:|---:|---:|---:|")?;
        for (percent, held) in &self.memory.samples {
            writeln!(f, "| {percent} % | {} KiB | {} | {} |", held.kib, held.threads, held.files)?;
        }
        Ok(())
    }
}

/// The visitors' throughput under the flood, divided by that beside the same flood of another route.
pub fn share(flood: &Measured) -> f64 {
    median(flood.rounds.iter().map(|round| round.flooded.throughput / round.plain.throughput))
}

fn slowest(flood: &Measured) -> Duration {
    flood.rounds.iter().map(|round| round.flooded.p99).max().unwrap_or_default()
}

pub fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<_> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}
