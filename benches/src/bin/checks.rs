//! The check of a login beside a bare read of the same client: `checks [--smoke]`. Prints a table whose figures are times
//! divided by that of the bare read, a `GET` or a `SELECT` by the primary key.

use std::hint::black_box;

use unjwt_benches::place::{Kind, PRESENT, Place};
use unjwt_benches::rounds::Rounds;
use unjwt_benches::stored::{Strict, Tokened, Usual, runtime, strict, usual};
use unjwt_store::{Key, Store as _};

/// The numbers of repetitions.
struct Plan {
    rounds: u32,
    times: u32,
}

const BARE: &str = "bare";
const NAMES: [&str; 5] = [BARE, "load", "first check", "check", "within recheck"];

fn main() {
    let is_smoke = std::env::args().any(|argument| argument == "--smoke");
    let plan = if is_smoke { Plan { rounds: 2, times: 10 } } else { Plan { rounds: 50, times: 200 } };
    println!(
        "| store | a bare read | a load of 3 records | first reading | reading that asks | within `recheck` |"
    );
    println!("|---|---|---|---|---|---|");
    runtime().block_on(async {
        for kind in Kind::ALL {
            let Some(mut place) = kind.open().await else { continue };
            let rounds = measure(&mut place, &plan).await;
            println!("| {} |{}", place.name, rounds.cells(&NAMES, BARE));
        }
    });
}

async fn measure(place: &mut Place, plan: &Plan) -> Rounds {
    let first = strict(place.store.clone(), Tokened::Forgotten);
    let again = strict(place.store.clone(), Tokened::Remembered);
    let within = usual(place.store.clone());
    let token = first.sign(&Strict { user: 7 }).await.expect("a login").token;
    let usual = within.sign(&Usual { user: 7 }).await.expect("a login").token;
    // As many as a check reads: those of the login, of everyone and of the user.
    let keys = [PRESENT, Key::from_bytes([8; Key::LEN]), Key::from_bytes([7; Key::LEN])];
    let mut rounds = Rounds::default();
    let [bare, load, first_check, check, within_recheck] = NAMES;
    for _ in 0..plan.rounds {
        rounds.time(bare, plan.times, async || drop(black_box(place.bare.get().await))).await;
        let loads = async || drop(black_box(place.store.load(&keys).await.expect("a store")));
        rounds.time(load, plan.times, loads).await;
        let checks = async || drop(black_box(first.verify_without_hooks(&token).await.expect("lives")));
        rounds.time(first_check, plan.times, checks).await;
        let checks = async || drop(black_box(again.verify_without_hooks(&token).await.expect("lives")));
        rounds.time(check, plan.times, checks).await;
        let reads = async || drop(black_box(within.verify_without_hooks(&usual).await.expect("lives")));
        rounds.time(within_recheck, plan.times, reads).await;
    }
    rounds
}
