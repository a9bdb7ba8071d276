//! A client whose responses break off.

use std::time::Instant;

use anyhow::{Result, ensure};

use crate::HOUR;
use crate::machines::{MACHINES, Machines, PATIENCE, assert_served, only_login};
use crate::record::{Count, generation};
use crate::support::client::Client;

/// The bytes after which responses end: before the first, and within the head, whose two tokens alone have more. So
/// none of their cookies arrives.
const CUTS: [usize; 4] = [0, 10, 100, 500];

/// Lets the client ask, and lose the response after so many bytes, when it has renewed.
fn lose(machines: &Machines, client: &mut Client, cut: usize, count: &Count) -> Result<()> {
    machines.proxy.cut_after(cut);
    let end = Instant::now() + PATIENCE;
    while client.get("/me").is_ok() || count.so_far(&machines.redis)? == 0 {
        // A slow machine says to come later, which is shorter.
        ensure!(Instant::now() < end, "the response is complete");
    }
    assert!(machines.proxy.cut_no_more() > 0);
    Ok(())
}

#[test]
fn a_client_that_loses_the_response_of_each_renewal_stays_signed_in() -> Result<()> {
    // The refresh token is good for a week.
    const ROUNDS: u64 = 20;
    const PAUSE: u64 = 8 * HOUR;
    let Some(mut machines) = Machines::start("lost")? else { return Ok(()) };
    let mut client = machines.sign_in()?;
    let (login, first) = (only_login(&mut client)?, generation(&machines.redis)?);
    let refresh = client.cookie("refresh_token");
    for round in 0..ROUNDS {
        machines.pass_with(&mut client, PAUSE)?;
        let count = Count::begin(&machines.redis)?;
        let again = 1 + usize::try_from(round)? % MACHINES;
        for cut in CUTS.iter().cycle().skip(usize::try_from(round)?).take(again) {
            lose(&machines, &mut client, *cut, &count)?;
            assert_eq!(client.cookie("refresh_token"), refresh, "it knows of no other");
        }
        count.assert_one(&machines.redis)?;
    }
    assert!(generation(&machines.redis)? >= first + ROUNDS, "each was a renewal");

    for _ in 0..MACHINES {
        assert_served(&mut client)?;
    }
    assert_ne!(client.cookie("refresh_token"), refresh);
    assert_eq!(only_login(&mut client)?, login);
    // Its week begins again.
    for _ in 0..MACHINES {
        machines.pass_with(&mut client, 24 * HOUR)?;
        assert_served(&mut client)?;
    }
    assert_eq!(only_login(&mut client)?, login);
    Ok(())
}

/// Every second response arrives: what was lost before is settled by then, and does not count against the next one.
#[test]
fn a_client_that_loses_every_second_response_stays_signed_in() -> Result<()> {
    let Some(mut machines) = Machines::start("lost-sometimes")? else { return Ok(()) };
    let mut client = machines.sign_in()?;
    let login = only_login(&mut client)?;
    for (round, cut) in CUTS.iter().cycle().take(12).enumerate() {
        machines.pass_with(&mut client, HOUR)?;
        let mut count = Count::begin(&machines.redis)?;
        lose(&machines, &mut client, *cut, &count)?;
        // It comes again at once, or hours later.
        if round % 3 == 0 {
            count.assert_one(&machines.redis)?;
            machines.pass_with(&mut client, 3 * HOUR)?;
            count = Count::begin(&machines.redis)?;
        }
        assert_served(&mut client)?;
        count.assert_one(&machines.redis)?;
    }
    assert_eq!(only_login(&mut client)?, login);
    Ok(())
}
