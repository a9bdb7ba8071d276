//! Runs one subject many times, for a profiler: `spin FAMILY BYTES read|write SUBJECT TIMES`.

use std::process::ExitCode;
use std::time::Instant;

use unjwt_benches::claims::Stamped;
use unjwt_benches::family::{Family, Keys};
use unjwt_benches::subject::Operation;
use unjwt_benches::subjects;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [family, bytes, operation, subject, times] = arguments.as_slice() else {
        eprintln!("usage: spin FAMILY BYTES read|write SUBJECT TIMES");
        return ExitCode::FAILURE;
    };
    let family = Family::from_id(family).expect("a family");
    let operation = Operation::ALL.into_iter().find(|one| one.id() == operation).expect("read or write");
    let keys = Keys::generate(family).expect("a key");
    let claims = Stamped::with_json_len(bytes.parse().expect("a number"));
    let times: u32 = times.parse().expect("a number");
    for one in subjects(&keys, &claims) {
        let is_wanted = one.name == subject || subject == "all";
        if let Some(run) = one.run(operation).filter(|_| is_wanted) {
            run();
            let start = Instant::now();
            spin(run, times);
            println!("{:>14} {:>10.0} ns", one.name, start.elapsed().as_nanos() as f64 / f64::from(times));
        }
    }
    ExitCode::SUCCESS
}

/// By itself, so that a profiler can begin to count here.
#[inline(never)]
fn spin(run: &dyn Fn(), times: u32) {
    for _ in 0..times {
        run();
    }
}
