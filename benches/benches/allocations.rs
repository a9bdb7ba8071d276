//! How often each way to keep a session asks Rust's allocator for memory, and for how much, as JSON in the file that is
//! the last argument. What AWS-LC and OpenSSL take with C's own allocator is not seen.

use serde_json::json;
use unjwt_benches::claims::Stamped;
use unjwt_benches::family::{Family, Keys};
use unjwt_benches::subject::Operation;
use unjwt_benches::{PAYLOADS, subjects};

fn main() {
    let mut counts = Vec::new();
    for family in Family::ALL {
        let keys = Keys::generate(family).expect("a key");
        for len in PAYLOADS {
            // A password's derivations take long and ask for nothing.
            if family == Family::Pbes2 && len != PAYLOADS[0] {
                continue;
            }
            for subject in subjects(&keys, &Stamped::with_json_len(len)) {
                for operation in Operation::ALL {
                    let Some(run) = subject.run(operation) else { continue };
                    // What is made once is made here.
                    run();
                    let counted = allocation_counter::measure(run);
                    counts.push(json!({
                        "family": family.id(),
                        "len": len,
                        "operation": operation.id(),
                        "subject": subject.name,
                        "allocations": counted.count_total,
                        "bytes": counted.bytes_total,
                    }));
                }
            }
        }
    }
    let text = serde_json::to_string(&counts).expect("JSON");
    match std::env::args().skip(1).rfind(|argument| !argument.starts_with('-')) {
        Some(path) => std::fs::write(path, text).expect("a file that can be written"),
        None => println!("{text}"),
    }
}
