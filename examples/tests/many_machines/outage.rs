//! A store that stops, and goes on.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::killed::WRITE;
use crate::machines::{MACHINES, Machines, ask, ask_at_once, assert_postponed, assert_served, only_login};
use crate::record::Count;
use crate::support::client::Client;
use crate::{HOUR, MINUTE};

/// How long the store is stopped at least. Longer than any pause or deadline of a machine, so that all of it happens:
/// it gives up waiting for an answer, notices that nothing tells it of changes, and tries to connect again. What takes
/// longer depends on the sessions' clock, which the tests set.
const STOPPED: Duration = Duration::from_secs(10);

/// Requests of one client to all machines, in the middle of an outage.
fn ask_in_outage(machines: &Machines, client: &mut Client, is_postponed: bool) -> Result<()> {
    let cookies = client.cookie_header("/me");
    for _ in 0..MACHINES {
        let answer = client.get("/me")?;
        if is_postponed || answer.status != 200 {
            assert_postponed(&answer);
        }
    }
    for (tab, answer) in ask_at_once(&machines.proxy, client, 2 * MACHINES, |tab| tab.get("/me"))? {
        if is_postponed || answer.status != 200 {
            assert_postponed(&answer);
        }
        assert_eq!(tab.cookie_header("/me"), cookies);
    }
    assert_eq!(client.cookie_header("/me"), cookies, "it keeps what it has");
    Ok(())
}

/// Requests of one client to all machines, after an outage: none of them has to sign in.
fn ask_afterwards(machines: &Machines, client: &mut Client) -> Result<()> {
    for _ in 0..MACHINES {
        assert_served(client)?;
    }
    for (_, answer) in ask_at_once(&machines.proxy, client, 2 * MACHINES, ask)? {
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    Ok(())
}

/// Stops the store for a minute of the sessions' clock. Requests are postponed, from the beginning or once no machine
/// remembers the login, and served afterwards.
fn stop_for_a_minute(machines: &mut Machines, client: &mut Client, is_postponed: bool) -> Result<()> {
    machines.redis.stop();
    let stopped = Instant::now();
    ask_in_outage(machines, client, is_postponed)?;
    machines.pass_with(client, MINUTE)?;
    while stopped.elapsed() < STOPPED {
        ask_in_outage(machines, client, true)?;
    }
    machines.redis.resume();
    ask_afterwards(machines, client)
}

#[test]
fn a_store_that_stops_for_a_minute_signs_nobody_out() -> Result<()> {
    let Some(mut machines) = Machines::start("stopped")? else { return Ok(()) };
    let mut client = machines.sign_in()?;
    let login = only_login(&mut client)?;
    for _ in 0..MACHINES {
        assert_served(&mut client)?;
    }
    // The access token is valid. It is served while a machine remembers the login, and then postponed.
    let count = Count::begin(&machines.redis)?;
    stop_for_a_minute(&mut machines, &mut client, false)?;
    assert_eq!(count.so_far(&machines.redis)?, 0, "nothing was to be renewed");

    // The access token has expired: each request renews.
    machines.pass_with(&mut client, HOUR)?;
    let count = Count::begin(&machines.redis)?;
    stop_for_a_minute(&mut machines, &mut client, true)?;
    count.assert_one(&machines.redis)?;
    assert_eq!(only_login(&mut client)?, login);
    Ok(())
}

/// All machines have decided to renew, and the store gets their writes when nobody waits for the answers any more.
#[test]
fn a_store_that_stops_in_the_middle_of_renewals_renews_once() -> Result<()> {
    let Some(mut machines) = Machines::start("stopped-between")? else { return Ok(()) };
    let mut client = machines.sign_in()?;
    let login = only_login(&mut client)?;
    machines.pass_with(&mut client, HOUR)?;
    let (refresh, count) = (client.cookie("refresh_token"), Count::begin(&machines.redis)?);
    for line in &machines.lines {
        line.hold_from(WRITE);
    }
    thread::scope(|scope| {
        let (proxy, client) = (&machines.proxy, &client);
        let asked = scope.spawn(move || ask_at_once(proxy, client, 2 * MACHINES, |tab| tab.get("/me")));
        for line in &machines.lines {
            line.wait_until_held();
        }
        machines.redis.stop();
        for line in &machines.lines {
            line.release();
        }
        let mut served = 0;
        for (tab, answer) in asked.join().expect("a request panics")? {
            // The store has said that the login lives, so that it is served without a renewal. Whose question came after
            // the writes is postponed.
            match answer.status {
                200 => served += 1,
                _ => assert_postponed(&answer),
            }
            assert_eq!(tab.cookie("refresh_token"), refresh);
        }
        assert!(served > 0);
        anyhow::Ok(())
    })?;
    machines.redis.resume();
    ask_afterwards(&machines, &mut client)?;
    count.assert_one(&machines.redis)?;
    assert_eq!(only_login(&mut client)?, login);
    Ok(())
}
