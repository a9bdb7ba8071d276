//! The removal of version 1: before its time, which signs its last users out, and in time, which nobody notices.

use anyhow::Result;

use crate::DAY;
use crate::fleet::{Fleet, MACHINES, first};
use crate::program::Meeting::{Served, SignedOut};
use crate::program::Program;

/// Ends a test in which all machines have a program of version 2, and only the reader has a session of version 1.
pub fn remove_version_1(mut fleet: Fleet, program: Program) -> Result<()> {
    fleet.assert_all_served()?;

    // Too early: the reader is signed out wherever version 1 was removed, and nobody else is anywhere.
    let met_by_reader = |fleet: &mut Fleet, met| {
        let all = fleet.people.iter().map(|person| person.name);
        let expected: Vec<_> =
            all.map(|name| (name, if name == "reader" { met } else { [Served; MACHINES] })).collect();
        assert_eq!(fleet.ask_all()?, expected);
        anyhow::Ok(())
    };
    fleet
        .deploy(Program::V2Only, |fleet, removed| met_by_reader(fleet, first(removed, SignedOut, Served)))?;
    // The browser has kept the token.
    fleet
        .deploy(program, |fleet, rolled_back| met_by_reader(fleet, first(rolled_back, Served, SignedOut)))?;

    // In time: a week after the last session of version 1 was written, it has ended by itself. The others were here in
    // between.
    fleet.pass(4 * DAY)?;
    fleet.assert_all_served()?;
    fleet.pass(4 * DAY)?;
    fleet.person("reader").token = None;
    met_by_reader(&mut fleet, [SignedOut; MACHINES])?;
    fleet.deploy(Program::V2Only, |fleet, _| met_by_reader(fleet, [SignedOut; MACHINES]))?;
    fleet.sign_in_again("reader", 0)?;
    fleet.assert_all_served()?;
    fleet.deploy(program, |fleet, _| fleet.assert_all_served())
}

#[test]
fn a_user_of_a_version_that_was_removed_too_early_signs_in_again() -> Result<()> {
    let mut fleet = Fleet::start("removed", Program::V1)?;
    fleet.sign_in("other", 0)?;
    fleet.deploy(Program::V2, |_, _| Ok(()))?;
    fleet.assert_all_served()?;
    fleet.deploy(Program::V2Only, |_, _| Ok(()))?;
    let reader = fleet.person("reader");
    reader.is_counted = true;
    let others = [Served; MACHINES];
    let expected = [("visitor", others), ("reader", [SignedOut; MACHINES]), ("other", others)];
    assert_eq!(fleet.ask_all()?, expected, "a write is refused as well, and removes no cookie");
    fleet.sign_in_again("reader", 0)?;
    fleet.assert_all_served()
}
