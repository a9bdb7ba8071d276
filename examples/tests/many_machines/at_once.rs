//! Many requests of one client that renew at the same moment.

use anyhow::{Context as _, Result};

use crate::machines::{MACHINES, Machines, ask, ask_at_once, assert_served, only_login};
use crate::record::Count;
use crate::{HOUR, MINUTE};

const TABS: usize = 10;
const ROUNDS: usize = 6;

#[test]
fn requests_that_renew_at_once_on_three_machines_make_one_renewal() -> Result<()> {
    let Some(mut machines) = Machines::start("at-once")? else { return Ok(()) };
    let mut client = machines.sign_in()?;
    let login = only_login(&mut client)?;
    for round in 0..ROUNDS {
        // Some browsers drop the access token's cookie in time, and others still send it.
        match round % 2 {
            0 => machines.pass_with(&mut client, HOUR)?,
            _ => machines.pass(HOUR)?,
        }
        let (served, count) = (machines.proxy.served(), Count::begin(&machines.redis)?);
        let tabs = ask_at_once(&machines.proxy, &client, TABS, ask)?;
        count.assert_one(&machines.redis)?;
        for (machine, (before, now)) in served.into_iter().zip(machines.proxy.served()).enumerate() {
            assert!(now >= before + TABS / MACHINES, "machine {machine} takes part");
        }
        for (tab, answer) in &tabs {
            assert_eq!(answer.status, 200, "{answer:?}");
            for name in ["access_token", "refresh_token"] {
                let cookie = answer.set_cookie(name);
                assert!(cookie.is_none_or(|cookie| !cookie.value.is_empty()), "{answer:?}");
                assert!(tab.cookie(name).is_some(), "{answer:?}");
            }
        }
        // The browser keeps the cookies of the response that comes last, whichever that is.
        let (last, _) = tabs.into_iter().nth(round % TABS).context("no tab")?;
        client = last;
        client.ahead = machines.ahead;
        for _ in 0..MACHINES {
            assert_served(&mut client)?;
        }
        assert_eq!(only_login(&mut client)?, login);
    }
    Ok(())
}

/// A token that was replaced is served within the window, by machines that did not replace it, too.
#[test]
fn requests_that_overtake_a_renewal_are_served() -> Result<()> {
    let Some(mut machines) = Machines::start("overtaken")? else { return Ok(()) };
    let mut client = machines.sign_in()?;
    machines.pass_with(&mut client, 20 * MINUTE)?;
    let (mut late, count) = (client.clone(), Count::begin(&machines.redis)?);
    assert_served(&mut client)?;
    let refresh = client.cookie("refresh_token");
    assert_ne!(refresh, late.cookie("refresh_token"));
    for _ in 0..MACHINES {
        // It forgets what it gets, as a tab that is closed.
        assert_served(&mut late.clone())?;
        assert_served(&mut client)?;
    }
    assert_served(&mut late)?;
    assert_eq!(client.cookie("refresh_token"), refresh, "what was renewed stays");
    count.assert_one(&machines.redis)
}
