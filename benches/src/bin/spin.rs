//! Runs one subject many times, for a profiler: `spin FAMILY BYTES read|write SUBJECT TIMES`, or `spin GROUP READ TIMES`
//! for a read of the benchmark `logins`. `all` is every subject or read.

use std::process::ExitCode;
use std::time::Instant;

use unjwt_benches::claims::Stamped;
use unjwt_benches::family::{Family, Keys};
use unjwt_benches::subject::Operation;
use unjwt_benches::{logins, subjects};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [family, bytes, operation, subject, times] => {
            let family = Family::from_id(family).expect("a family");
            let operation =
                Operation::ALL.into_iter().find(|one| one.id() == operation).expect("read or write");
            let keys = Keys::generate(family).expect("a key");
            let claims = Stamped::with_json_len(bytes.parse().expect("a number"));
            for one in subjects(&keys, &claims) {
                if let Some(run) = one.run(operation) {
                    report(one.name, subject, run, times);
                }
            }
        }
        [group, read, times] if logins::GROUPS.contains(&group.as_str()) => {
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            let _inside = runtime.enter();
            for (name, run) in logins::reads(group) {
                report(name, read, &run, times);
            }
        }
        _ => {
            eprintln!("usage: spin FAMILY BYTES read|write SUBJECT TIMES\n       spin GROUP READ TIMES");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn report(name: &str, wanted: &str, run: &dyn Fn(), times: &str) {
    if name != wanted && wanted != "all" {
        return;
    }
    let times: u32 = times.parse().expect("a number");
    run();
    let start = Instant::now();
    spin(run, times);
    println!("{name:>14} {:>10.0} ns", start.elapsed().as_nanos() as f64 / f64::from(times));
}

/// By itself, so that a profiler can begin to count here.
#[inline(never)]
fn spin(run: &dyn Fn(), times: u32) {
    for _ in 0..times {
        run();
    }
}
