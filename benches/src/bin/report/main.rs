//! Writes what was measured into the documentation: `report CRITERION RESULTS DOCS`. `CRITERION` is Criterion's folder of
//! estimates, `RESULTS` that of the other programs' JSON, and `DOCS` holds `speed.md`, whose marked sections are
//! replaced, and gets `growth.svg`.

mod allocations;
mod bars;
mod estimates;
mod growth;
mod http;
mod markdown;
mod page;
mod plot;
mod results;
mod sessions;

use std::path::Path;
use std::process::ExitCode;

use estimates::Estimates;
use results::Results;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [criterion, results, docs] = arguments.as_slice() else {
        eprintln!("usage: report CRITERION RESULTS DOCS");
        return ExitCode::FAILURE;
    };
    match report(Path::new(criterion), Path::new(results), Path::new(docs)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn report(criterion: &Path, results: &Path, docs: &Path) -> Result<(), String> {
    let estimates = Estimates::read(criterion)?;
    let results = Results::read(results)?;
    page::replace(
        &docs.join("speed.md"),
        &[
            ("machine", &results.machine),
            ("sessions", &sessions::tables(&estimates, &results.node)),
            ("allocations", &allocations::table(&results.allocations)),
            ("http", &http::tables(&results.http)),
            ("bars-core", &bars::of_reads_and_writes(&estimates, &results.node)),
            ("bars", &bars::of_services(&estimates, &results.http)),
        ],
    )?;
    let path = docs.join("growth.svg");
    std::fs::write(&path, growth::picture(&estimates)).map_err(|error| format!("{}: {error}", path.display()))
}
