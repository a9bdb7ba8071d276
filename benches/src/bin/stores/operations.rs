//! The operations of a service on its logins, timed beside a bare read.

use std::hint::black_box;

use unjwt::Tokens;
use unjwt_benches::place::{PRESENT, Place};
use unjwt_benches::rounds::Rounds;
use unjwt_benches::stored::Strict;
use unjwt_store::Store as _;

use crate::fill::{Filled, MANY};
use crate::of;

pub(crate) const BARE: &str = "a bare read";

pub(crate) const NAMES: [&str; 9] = [
    BARE,
    "load of one record",
    "sign-in, first",
    "sign-in, 64th",
    "`end`",
    "`end_by`, one login",
    "`end_by`, 64 logins",
    "`list`, one login",
    "`list`, 64 logins",
];

/// The number of times that each operation runs in a round.
const TIMES: u32 = 10;

pub(crate) async fn measure(
    place: &mut Place,
    tokens: &Tokens<Strict>,
    filled: &Filled,
    rounds: u32,
) -> Rounds {
    let [bare, load, first, last, end, end_one, end_many, list_one, list_many] = NAMES;
    let mut timed = Rounds::default();
    let mut ones = users(0, filled.users_with_one);
    let mut many = users(filled.users_with_one, filled.users_with_many);
    let mut new = filled.users_with_one + filled.users_with_many..;
    let mut living = filled.living.iter().cycle();
    let logins = tokens.logins();
    for _ in 0..rounds {
        timed.time(bare, TIMES, async || drop(black_box(place.bare.get().await))).await;
        let loads = async || drop(black_box(place.store.load(&[PRESENT]).await.expect("a store")));
        timed.time(load, TIMES, loads).await;
        let lists = async || {
            black_box(logins.list(of(ones.next().unwrap_or_default())).await.expect("a list"));
        };
        timed.time(list_one, TIMES, lists).await;
        let lists = async || {
            let listed = logins.list(of(many.next().unwrap_or_default())).await.expect("a list");
            assert!(listed.len() <= MANY as usize);
            black_box(listed);
        };
        timed.time(list_many, TIMES, lists).await;
        let ends = async || {
            let id = living.next().expect("somebody who lives");
            logins.end(*id).await.expect("a store");
        };
        timed.time(end, TIMES, ends).await;
        let ends = async || logins.end_by(of(ones.next().unwrap_or_default())).await.expect("a store");
        timed.time(end_one, TIMES, ends).await;
        let signs_in = async || {
            let user = many.next().unwrap_or_default();
            black_box(tokens.sign(&Strict { user }).await.expect("a login"));
        };
        timed.time(last, TIMES, signs_in).await;
        let ends = async || logins.end_by(of(many.next().unwrap_or_default())).await.expect("a store");
        timed.time(end_many, TIMES, ends).await;
        let signs_in = async || {
            let user = new.next().unwrap_or_default();
            black_box(tokens.sign(&Strict { user }).await.expect("a login"));
        };
        timed.time(first, TIMES, signs_in).await;
    }
    timed
}

/// Returns some of these users, spread over all of them, again and again.
fn users(first: u64, count: u64) -> impl Iterator<Item = u64> {
    // A prime, so that no user comes twice before all have come.
    const STEP: u64 = 7_919;
    (0..).map(move |number: u64| first + number * STEP % count)
}
