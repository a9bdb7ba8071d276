//! A machine that dies in the middle of a renewal.

use std::thread;

use anyhow::{Result, ensure};
use serde_json::Value;
use unjwt_store_servers::TcpProxy;

use crate::machines::{MACHINES, Machines, assert_postponed, assert_served, only_login};
use crate::record::Count;
use crate::support::client::Client;
use crate::{HOUR, MINUTE};

/// The first bytes of each write into the store.
pub const WRITE: &[u8] = b"EVAL";

/// The machine that dies.
const VICTIM: usize = 1;

/// A client whose renewal has come to the victim, which was killed once its line held and so many renewals had been
/// written.
fn kill_in_a_renewal(
    test: &str,
    hold: impl FnOnce(&TcpProxy),
    renewals: u64,
) -> Result<Option<(Machines, Client, Value, Count)>> {
    let Some(mut machines) = Machines::start(test)? else { return Ok(None) };
    let mut client = machines.sign_in()?;
    let login = only_login(&mut client)?;
    machines.pass_with(&mut client, 20 * MINUTE)?;
    let cookies = client.cookie_header("/me");
    let count = Count::begin(&machines.redis)?;

    machines.proxy.turn_to(VICTIM);
    hold(&machines.lines[VICTIM]);
    let mut asks = client.clone();
    let request = thread::spawn(move || {
        let answer = asks.get("/me");
        (asks, answer)
    });
    machines.lines[VICTIM].wait_until_held();
    count.wait_for(renewals, &machines.redis)?;
    machines.kill(VICTIM);
    let (client, answer) = request.join().expect("the request panics");
    // If this test is slow, the machine had given up waiting for the store by then.
    if let Ok(answer) = answer {
        assert_postponed(&answer);
    }
    ensure!(client.cookie_header("/me") == cookies, "nothing has arrived");
    Ok(Some((machines, client, login, count)))
}

/// The client's next request goes to another machine, and later ones to the victim again, once it runs.
fn go_on(machines: &mut Machines, mut client: Client, login: &Value) -> Result<()> {
    let served = machines.proxy.served()[VICTIM];
    for _ in 0..MACHINES {
        assert_served(&mut client)?;
    }
    assert_eq!(machines.proxy.served()[VICTIM], served, "the victim is dead");
    assert_eq!(only_login(&mut client)?, *login);

    machines.restart(VICTIM)?;
    machines.pass_with(&mut client, HOUR)?;
    machines.proxy.turn_to(VICTIM);
    let count = Count::begin(&machines.redis)?;
    for _ in 0..MACHINES {
        assert_served(&mut client)?;
    }
    assert!(machines.proxy.served()[VICTIM] > 0, "it takes part again");
    count.assert_one(&machines.redis)?;
    assert_eq!(only_login(&mut client)?, *login);
    Ok(())
}

#[test]
fn a_machine_that_is_killed_before_its_write_arrives_signs_nobody_out() -> Result<()> {
    let killed = kill_in_a_renewal("killed-before", |line| line.hold_from(WRITE), 0)?;
    let Some((mut machines, mut client, login, count)) = killed else { return Ok(()) };
    assert_served(&mut client)?;
    // Now the write arrives, from a machine that has died.
    machines.lines[VICTIM].release();
    for _ in 0..MACHINES {
        assert_served(&mut client)?;
    }
    count.assert_one(&machines.redis)?;
    go_on(&mut machines, client, &login)
}

#[test]
fn a_machine_that_is_killed_after_its_write_has_arrived_signs_nobody_out() -> Result<()> {
    let killed = kill_in_a_renewal("killed-after", |line| line.hold_replies_from(WRITE), 1)?;
    let Some((mut machines, mut client, login, count)) = killed else { return Ok(()) };
    // The login is renewed, and nobody has the token.
    assert_served(&mut client)?;
    count.assert_one(&machines.redis)?;
    machines.lines[VICTIM].release();
    go_on(&mut machines, client, &login)
}
