//! Runs the simulation, prints what it came to, and fails if an invariant did not hold.

use std::process::ExitCode;

use unjwt_simulation::plan::Plan;
use unjwt_simulation::rules::Ours;
use unjwt_simulation::world::{Shell, World};
use unjwt_simulation::{report, run, tables};

const USAGE: &str = "\
unjwt-simulation --schedules N [--first SEED]   runs N schedules under the rule of unjwt
unjwt-simulation --seed SEED                    runs the schedule of a seed, and tells what happens
unjwt-simulation --tables N                     compares with the rules of others: N browsers, N thefts by each thief
unjwt-simulation --windows N                    N thieves in lock-step by the rotation's window and the token's lifetime
Several of them are done one after the other.";

struct Args {
    schedules: Option<u64>,
    first: u64,
    seed: Option<u64>,
    tables: Option<u64>,
    windows: Option<u64>,
}

fn main() -> ExitCode {
    let Some(args) = args() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let is_sound = args.seed.is_none_or(replay) & args.schedules.is_none_or(|n| schedules(args.first, n));
    if let Some(of) = args.tables {
        let mut out = String::new();
        let _ = report::tables(&mut out, &tables::rows(of), of);
        println!("{out}");
    }
    if let Some(of) = args.windows {
        let mut out = String::new();
        let _ = report::windows(&mut out, &tables::windows(of));
        println!("{out}");
    }
    if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn args() -> Option<Args> {
    let mut args = Args { schedules: None, first: 0, seed: None, tables: None, windows: None };
    let mut words = std::env::args().skip(1);
    let mut is_asked = false;
    while let Some(word) = words.next() {
        let number = words.next()?.parse().ok()?;
        match word.as_str() {
            "--schedules" => args.schedules = Some(number),
            "--first" => args.first = number,
            "--seed" => args.seed = Some(number),
            "--tables" => args.tables = Some(number),
            "--windows" => args.windows = Some(number),
            _ => return None,
        }
        is_asked = true;
    }
    is_asked.then_some(args)
}

fn schedules(first: u64, schedules: u64) -> bool {
    println!("seeds {first} to {}", first + schedules - 1);
    let census = run::count(first..first + schedules, |seed| run::ours(Plan::of(seed)));
    let mut out = String::new();
    let _ = report::census(&mut out, &census);
    println!("{out}");
    for violation in &census.violations {
        println!(
            "{violation}\n    replay: cargo run --release -p unjwt-simulation -- --seed {}",
            violation.seed
        );
    }
    census.violations.is_empty()
}

fn replay(seed: u64) -> bool {
    let plan = Plan::of(seed);
    println!("{plan:#?}");
    let (outcome, trace) = World::trace(&plan, &Ours::new(plan.window, plan.adopts), Shell::Sound);
    println!("{}\n{outcome:#?}", trace.join("\n"));
    outcome.violations.is_empty()
}
