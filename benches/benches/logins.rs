//! Reads of sessions whose logins can be ended, beside the same sessions without that.

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use unjwt_benches::{SMOKE, logins};

fn reads(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let _inside = runtime.enter();
    let smoke = std::env::var_os(SMOKE).is_some();
    for name in logins::GROUPS {
        let mut group = criterion.benchmark_group(name);
        group.warm_up_time(Duration::from_millis(if smoke { 1 } else { 200 }));
        group.measurement_time(Duration::from_millis(if smoke { 5 } else { 800 }));
        group.sample_size(if smoke { 10 } else { 50 });
        if smoke {
            group.nresamples(1001);
        }
        for (name, read) in logins::reads(name) {
            group.bench_function(name, |bencher| bencher.iter(&read));
        }
        group.finish();
    }
}

criterion_group!(benches, reads);
criterion_main!(benches);
