//! A fleet on paper and in a simulation: `fleet [--smoke]`. Forty machines serve 10,000 requests per second each, of ten
//! million logins. Prints what the store is asked, what is remembered, and how long a login that ended somewhere is
//! still trusted elsewhere; beside each figure of the simulation, what the formula says. The same numbers each time.

mod machine;
mod paper;
mod popularity;
mod records;

use unjwt::measuring::ProcessMemory;

use machine::{Ended, Random, Run, Seen};
use paper::Paper;
use popularity::{Popularity, Traffic};

struct Plan {
    machines: u64,
    rate: u64,
    logins: u64,
    rechecks: &'static [u64],
    /// Milliseconds, beyond `recheck`: until the memory is full.
    warm_up: u64,
    /// Logins that end while it is measured.
    ended: u64,
}

const FULL: Plan = Plan {
    machines: 40,
    rate: 10_000,
    logins: 10_000_000,
    rechecks: &[1, 10, 60],
    warm_up: 40_000,
    ended: 2_000,
};

const SMOKE: Plan =
    Plan { machines: 4, rate: 1_000, logins: 10_000, rechecks: &[1], warm_up: 1_000, ended: 100 };

/// Milliseconds for a load.
const ROUND_TRIP: u64 = 1;

fn main() {
    let plan = if std::env::args().any(|argument| argument == "--smoke") { &SMOKE } else { &FULL };
    let Plan { machines, rate, logins, .. } = plan;
    println!("{machines} machines, {rate} requests/s each, {logins} logins; simulated (on paper)\n");
    println!(
        "| logins are used | at | `recheck` | checks/s | loads/s | remembered by a process | known everywhere after: median | 99 % | at most |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for popularity in [Popularity::Uniform, Popularity::Zipf] {
        for stride in [1, plan.machines] {
            for recheck in plan.rechecks {
                let traffic = Traffic { popularity, logins: plan.logins, stride, rate: plan.rate };
                row(plan, &traffic, *recheck);
            }
        }
    }
    memory(plan);
}

fn row(plan: &Plan, traffic: &Traffic, recheck: u64) {
    let run = Run {
        recheck: recheck * 1000,
        warm_up: recheck * 1000 + plan.warm_up,
        measured: (recheck * 1000).max(10_000),
        round_trip: ROUND_TRIP,
    };
    let is_sticky = traffic.stride > 1;
    let (seen, trusted) = simulate(plan, traffic, run);
    let seconds = run.measured as f64 / 1000.0;
    let per_second = |of: fn(&Seen) -> u64| seen.iter().map(of).sum::<u64>() as f64 / seconds;
    let part = |part: f64| trusted[(part * (trusted.len() - 1) as f64) as usize] as f64 / 1000.0;
    let paper = Paper::new(traffic, recheck);
    // A login is trusted by the machine of its connection, or by all but the one that ends it.
    let others = if is_sticky { 1 } else { plan.machines - 1 };
    println!(
        "| {} | {} | {recheck} s | {:.0} ({:.0}) | {:.0} | {} | {:.2} s ({:.2}) | {:.2} s ({:.2}) | {:.2} s ({recheck}) |",
        match traffic.popularity {
            Popularity::Uniform => "equally",
            Popularity::Zipf => "by Zipf",
        },
        if is_sticky { "one machine" } else { "any machine" },
        per_second(|seen| seen.checks),
        paper.checks() * plan.machines as f64,
        per_second(|seen| seen.loads),
        seen.iter().map(|seen| seen.remembered).max().unwrap_or_default(),
        part(0.5),
        paper.known_after(0.5, others),
        part(0.99),
        paper.known_after(0.99, others),
        part(1.0),
    );
}

/// Returns what was seen of each machine, and the sorted times until nobody trusted the logins that ended.
fn simulate(plan: &Plan, traffic: &Traffic, run: Run) -> (Vec<Seen>, Vec<u64>) {
    let mut random = Random(0);
    let all: Vec<_> = (0..plan.ended)
        .map(|number| Ended {
            login: traffic.draw(random.uniform()),
            at: run.warm_up + number * run.measured / plan.ended,
        })
        .collect();
    let machines: Vec<_> = (0..plan.machines).collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = machines.len().div_ceil(threads);
    let mut seen = Vec::new();
    let one = &|machine: &u64| machine::run(traffic, run, Random(1 + machine * 1_000_003), &all);
    std::thread::scope(|scope| {
        let workers: Vec<_> = machines
            .chunks(share)
            .map(|some| scope.spawn(move || some.iter().map(one).collect::<Vec<_>>()))
            .collect();
        for worker in workers {
            seen.extend(worker.join().expect("a machine"));
        }
    });
    let is_sticky = traffic.stride > 1;
    let trusts = |number: u64, machine: u64| {
        let is_own = number % plan.machines == machine;
        if is_own == is_sticky { seen[machine as usize].trusted[number as usize] } else { 0 }
    };
    let longest = |number| machines.iter().map(|machine| trusts(number, *machine)).max().unwrap_or_default();
    let mut trusted: Vec<_> = (0..plan.ended).map(longest).collect();
    trusted.sort_unstable();
    (seen, trusted)
}

/// Prints what takes memory, and how much at most.
fn memory(plan: &Plan) {
    // Two tables, each with a power of two of places, of which an eighth stays free.
    let places = (ProcessMemory::LIVE * 8 / 7).next_power_of_two();
    let tables = 2 * places * ProcessMemory::BYTES;
    println!(
        "\nA process remembers {} to {} logins that live, in at most {tables} bytes.",
        ProcessMemory::LIVE,
        2 * ProcessMemory::LIVE
    );
    let (begun, ended) = records::sizes();
    // The key, and what `login/record.rs` in the library writes: 19 bytes for the group, 26 for a login without a label.
    let (paper_begun, paper_ended) = (33 + 19 + 26, 33 + 2);
    println!(
        "In the store, {} bytes ({}) if each login is of another user and {} ({}) more once all have ended, and what the store \
         itself adds.",
        plan.logins * begun,
        plan.logins * paper_begun,
        plan.logins * ended,
        plan.logins * paper_ended,
    );
}
