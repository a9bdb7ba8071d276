//! Many schedules on several threads, with the same result as on one.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::thread;

use crate::census::Census;
use crate::plan::Plan;
use crate::rules::{Ours, Rule};
use crate::world::{Outcome, Shell, World};

/// Runs the schedule of each seed, and counts what `run` says of it.
pub fn count(seeds: Range<u64>, run: impl Fn(u64) -> Counted + Sync) -> Census {
    let jobs = thread::available_parallelism().map_or(1, NonZeroUsize::get) as u64;
    let run = &run;
    thread::scope(|scope| {
        let jobs: Vec<_> = (0..jobs)
            .map(|job| {
                let seeds = seeds.clone();
                scope.spawn(move || {
                    let mut census = Census::default();
                    for seed in seeds.filter(|seed| seed % jobs == job) {
                        let (plan, outcome) = run(seed);
                        census.add(&plan, outcome);
                    }
                    census
                })
            })
            .collect();
        jobs.into_iter().fold(Census::default(), |mut all, job| {
            all.join(job.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            all
        })
    })
}

/// A schedule and what it came to.
pub type Counted = (Plan, Outcome);

/// Runs a schedule under the product's rule.
pub fn ours(plan: Plan) -> Counted {
    let rule = Ours::new(plan.window, plan.adopts);
    under(plan, &rule)
}

/// Runs a schedule under a rule.
pub fn under<R: Rule>(plan: Plan, rule: &R) -> Counted {
    let outcome = World::run(&plan, rule, Shell::Sound);
    (plan, outcome)
}
