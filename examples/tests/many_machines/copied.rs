//! A thief who has copied both cookies.

use anyhow::Result;

use crate::machines::{Machines, assert_ended, assert_served};
use crate::record::has_ended;
use crate::support::client::Client;
use crate::{HOUR, MINUTE};

/// The login has ended for everyone who has a token of it, at all machines, and the service was told once.
fn assert_ended_everywhere(machines: Machines, everyone: &mut [Client]) -> Result<()> {
    assert!(has_ended(&machines.redis));
    for client in everyone {
        for url in machines.urls() {
            // A machine that did not see the copy is told of it, or asks in time.
            client.moves_to(url);
            client.get_until("/me", 401)?;
        }
    }
    let logs: String = machines.end()?.into_iter().map(|ended| ended.stderr).collect();
    let told = logs.lines().filter(|line| line.contains("on_reuse: ")).count();
    assert_eq!(told, 1, "{logs}");
    Ok(())
}

#[test]
fn a_copy_from_before_two_renewals_ends_the_login_on_all_machines() -> Result<()> {
    let Some(mut machines) = Machines::start("copied")? else { return Ok(()) };
    let mut owner = machines.sign_in()?;
    let mut thief = owner.clone();
    for _ in 0..2 {
        machines.pass_with(&mut owner, HOUR)?;
        assert_served(&mut owner)?;
    }
    machines.pass_with(&mut owner, 2 * MINUTE)?;
    thief.ahead = machines.ahead;
    assert!(!has_ended(&machines.redis));
    assert_ended(&mut thief)?;
    assert_ended_everywhere(machines, &mut [owner, thief])
}

/// The token before the present one may be that of an honest client that lost the response. So the thief renews, and
/// then the owner has what nobody else may have.
#[test]
fn a_copy_from_before_the_last_renewal_ends_the_login_when_the_owner_comes() -> Result<()> {
    let Some(mut machines) = Machines::start("copied-last")? else { return Ok(()) };
    let mut owner = machines.sign_in()?;
    let mut thief = owner.clone();
    machines.pass_with(&mut owner, HOUR)?;
    assert_served(&mut owner)?;
    machines.pass_with(&mut thief, 2 * MINUTE)?;
    assert_served(&mut thief)?;
    machines.pass_with(&mut owner, HOUR)?;
    assert!(!has_ended(&machines.redis));
    assert_ended(&mut owner)?;
    assert_ended_everywhere(machines, &mut [owner, thief])
}
