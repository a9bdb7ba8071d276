//! Reads and writes of one session, in every family and every way.
//!
//! `UNJWT_BENCH_SMOKE` makes it short: it then shows that everything runs, and its numbers mean nothing.

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use unjwt_benches::claims::Stamped;
use unjwt_benches::family::{Family, Keys};
use unjwt_benches::subject::Operation;
use unjwt_benches::{PAYLOADS, SMOKE, subjects};

fn sessions(criterion: &mut Criterion) {
    let smoke = std::env::var_os(SMOKE).is_some();
    for family in Family::ALL {
        let keys = Keys::generate(family).expect("a key");
        for len in PAYLOADS {
            let subjects = subjects(&keys, &Stamped::with_json_len(len));
            for operation in Operation::ALL {
                // A password takes a tenth of a second or more for each token, whatever the payload. That it runs, the count
                // of allocations shows.
                let is_slow = family == Family::Pbes2;
                if is_slow && (smoke || len != PAYLOADS[0]) {
                    continue;
                }
                let mut group =
                    criterion.benchmark_group(format!("{}-{len}-{}", family.id(), operation.id()));
                let (warm_up, measurement) = match (smoke, is_slow) {
                    (true, _) => (1, 5),
                    (false, false) => (200, 600),
                    (false, true) => (300, 3000),
                };
                if smoke {
                    group.nresamples(1001);
                }
                group.warm_up_time(Duration::from_millis(warm_up));
                group.measurement_time(Duration::from_millis(measurement));
                group.sample_size(if smoke || is_slow { 10 } else { 50 });
                for subject in &subjects {
                    if let Some(run) = subject.run(operation) {
                        group.bench_function(subject.name, |bencher| bencher.iter(run));
                    }
                }
                group.finish();
            }
        }
    }
}

criterion_group!(benches, sessions);
criterion_main!(benches);
