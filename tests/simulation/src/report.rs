//! Counts and tables as Markdown.

use std::fmt::{self, Write as _};

use crate::census::Census;
use crate::invariants::Invariant;
use crate::plan::{THIEVES, Thief};
use crate::tables::{Row, Window};

/// Writes what the schedules came to.
pub fn census(out: &mut String, census: &Census) -> fmt::Result {
    writeln!(out, "{} schedules, {} decisions\n", census.schedules(), census.decisions())?;
    writeln!(out, "| schedules | number | decisions | generations | record missing | honest ends |")?;
    writeln!(out, "|---|--:|--:|--:|--:|--:|")?;
    for (kind, counts) in &census.kinds {
        let name = format!("{kind:?}");
        writeln!(
            out,
            "| `{name}` | {} | {} | {} | {} | {} |",
            counts.schedules, counts.decisions, counts.rotations, counts.missing, counts.honest_ends
        )?;
    }
    writeln!(out, "\n| invariant | violations |\n|---|--:|")?;
    for invariant in Invariant::ALL {
        writeln!(out, "| {invariant} | {} |", census.violated.get(&invariant).copied().unwrap_or_default())?;
    }
    writeln!(
        out,
        "\n| thief | used the copy | ended | unseen | copy still good | more than 2W apart | of these unseen | renewals of the owner: median, 99 %, most | of both, once apart |"
    )?;
    writeln!(out, "|---|--:|--:|--:|--:|--:|--:|--:|--:|")?;
    for (thief, thefts) in &census.thieves {
        let quantiles = |counts: &crate::census::Counts| {
            let at = |per_mille| counts.quantile(per_mille).map_or("–".into(), |value| value.to_string());
            format!("{}, {}, {}", at(500), at(990), at(1_000))
        };
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            name(*thief),
            thefts.used,
            thefts.ended,
            thefts.used - thefts.ended,
            thefts.still_in,
            thefts.apart,
            thefts.apart_unseen,
            quantiles(&thefts.by_owner),
            quantiles(&thefts.by_both)
        )?;
    }
    Ok(())
}

/// Writes the table of honest browsers, and those of thieves.
pub fn tables(out: &mut String, rows: &[Row], of: u64) -> fmt::Result {
    writeln!(out, "Honest browsers signed out within three days, of {of}, by lost responses:\n")?;
    writeln!(out, "| rule | 0 % | 2 % | 10 % |\n|---|--:|--:|--:|")?;
    for row in rows {
        let [none, two, ten] = row.signed_out();
        writeln!(out, "| {} | {none} | {two} | {ten} |", row.rule)?;
    }
    writeln!(out, "\nThieves not seen 72 h after the theft, in per cent, by 0 / 2 / 10 % lost responses:\n")?;
    thieves(out, rows, Row::unseen)?;
    writeln!(out, "\nThose among them whose copy would still be served:\n")?;
    thieves(out, rows, Row::still_in)
}

fn thieves(out: &mut String, rows: &[Row], of: impl Fn(&Row, Thief) -> [Option<u64>; 3]) -> fmt::Result {
    let names: Vec<_> = THIEVES.iter().map(|thief| name(*thief)).collect();
    writeln!(out, "| rule | {} |\n|---|{}", names.join(" | "), "--:|".repeat(names.len()))?;
    for row in rows {
        write!(out, "| {} |", row.rule)?;
        for thief in THIEVES {
            write!(out, " {} |", of(row, thief).map(per_cent).join(" / "))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Writes the table of thieves in lock-step.
///
/// # Errors
///
/// Those of the writer.
pub fn windows(out: &mut String, windows: &[Window]) -> fmt::Result {
    writeln!(
        out,
        "| W | access tokens of | thieves in lock-step | not seen after 72 h | seen after renewals of the owner: median, 99 % |"
    )?;
    writeln!(out, "|--:|--:|--:|--:|--:|")?;
    for Window { seconds, minutes, thefts } in windows {
        let seen = |per_mille| thefts.by_owner.quantile(per_mille).map_or("–".into(), |n| n.to_string());
        let (used, unseen) = (thefts.used, thefts.used - thefts.ended);
        writeln!(out, "| {seconds} s | {minutes} min | {used} | {unseen} | {}, {} |", seen(500), seen(990))?;
    }
    Ok(())
}

/// Per mille as per cent; nothing if there was nobody.
fn per_cent(per_mille: Option<u64>) -> String {
    match per_mille {
        None => "–".into(),
        Some(value) if value % 10 == 0 => (value / 10).to_string(),
        Some(value) => format!("{}.{}", value / 10, value % 10),
    }
}

pub const fn name(thief: Thief) -> &'static str {
    match thief {
        Thief::Once => "once",
        Thief::Now => "at once",
        Thief::Later => "hours later",
        Thief::Polling => "polling",
        Thief::SamePeriod => "same period",
        Thief::LockStep => "lock-step",
        Thief::Aiming => "aiming",
        Thief::Following => "following",
        Thief::Careful => "careful",
        Thief::Ahead => "ahead",
    }
}
