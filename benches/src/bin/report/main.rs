//! Writes what was measured into the documentation: `report CRITERION RESULTS DOCS`. `CRITERION` is Criterion's folder of
//! estimates, `RESULTS` that of the other programs' JSON, and `DOCS` holds `speed.md`, whose marked sections are
//! replaced, and gets `growth.svg` and `comparison.svg`. `report DOCS` draws `comparison.svg` again from the page as it is.

mod allocations;
mod bars;
mod comparison;
mod estimates;
mod growth;
mod http;
mod instructions;
mod logins;
mod markdown;
mod page;
mod plot;
mod results;
mod service_bars;
mod sessions;
mod spread;

use std::path::Path;
use std::process::ExitCode;

use estimates::Estimates;
use results::Results;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.as_slice() {
        [criterion, results, docs] => report(Path::new(criterion), Path::new(results), Path::new(docs)),
        [docs] => compare(Path::new(docs)),
        _ => Err("usage: report [CRITERION RESULTS] DOCS".to_owned()),
    };
    match done {
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
            ("logins", &logins::table_of(&estimates)),
            ("allocations", &allocations::table(&results.allocations)),
            ("http", &http::tables(&results.http)),
            ("instructions", &instructions::tables(&results.instructions)),
            ("bars-core", &bars::table(&estimates, &results.seen)),
            ("bars", &service_bars::table(&results.http, &results.instructions)),
        ],
    )?;
    write(&docs.join("growth.svg"), &growth::picture(&estimates))?;
    compare(docs)
}

fn compare(docs: &Path) -> Result<(), String> {
    let path = docs.join("speed.md");
    let page = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    write(&docs.join("comparison.svg"), &comparison::picture(&page))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
