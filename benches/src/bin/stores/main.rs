//! A store with many logins: `stores [LOGINS] [--smoke]`, a million unless given. Fills each store with logins by the
//! library itself, half of them of users with one and half of users with 64, and ends a tenth of the former. Prints the bytes
//! of each, and how long what a service does with them takes: times divided by that of a bare read of the same client.

mod fill;
mod operations;

use std::process::ExitCode;

use unjwt_benches::place::{Kind, Place};
use unjwt_benches::rounds::Rounds;
use unjwt_benches::stored::{Strict, Tokened, runtime, strict};

use fill::{Filled, fill};
use operations::{BARE, NAMES, measure};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_smoke = arguments.iter().any(|argument| argument == "--smoke");
    let given = arguments.iter().find(|argument| !argument.starts_with('-'));
    let logins = match given.map(|number| number.parse()) {
        None if is_smoke => 1_000,
        None => 1_000_000,
        Some(Ok(logins)) => logins,
        Some(Err(_)) => {
            eprintln!("usage: stores [LOGINS] [--smoke]");
            return ExitCode::FAILURE;
        }
    };
    println!("{logins} logins in each store.");
    let mut sizes = vec![
        "| store | a login of a user with one | of a user with 64 | a login that has ended |".to_owned(),
    ];
    let mut times = vec![format!("| store | {} |", NAMES.join(" | "))];
    sizes.push("|---|---|---|---|".to_owned());
    times.push(format!("|---|{}", "---|".repeat(NAMES.len())));
    for kind in Kind::ALL {
        // A runtime of its own, with which whatever a store still does ends.
        let measured = runtime().block_on(async {
            let mut place = kind.open().await?;
            Some(one(&mut place, logins, if is_smoke { 1 } else { 20 }).await)
        });
        let Some((name, filled, rounds)) = measured else { continue };
        sizes.push(format!("| {name} | {} | {} | {} |", filled.one, filled.many, filled.ended));
        times.push(format!("| {name} |{}", rounds.cells(&NAMES, BARE)));
    }
    println!("\nBytes:\n\n{}\n\nTimes:\n\n{}", sizes.join("\n"), times.join("\n"));
    ExitCode::SUCCESS
}

async fn one(place: &mut Place, logins: u64, rounds: u32) -> (&'static str, Filled, Rounds) {
    let tokens = strict(place.store.clone(), Tokened::Forgotten);
    let filled = fill(place, &tokens, logins).await;
    let rounds = measure(place, &tokens, &filled, rounds).await;
    (place.name, filled, rounds)
}

/// The group of a user's logins.
fn of(user: u64) -> unjwt::LoginGroup<Strict> {
    Strict::by_user(&user)
}
