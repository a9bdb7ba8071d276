//! Version 2 in two steps: the new program writes version 1 until no other program runs.

use anyhow::Result;

use crate::fleet::{Fleet, MACHINES, first};
use crate::program::Meeting::{Kept, Served};
use crate::program::Program;
use crate::removed::remove_version_1;

/// Everybody is served, at each machine and after each replacement.
fn deploy_unnoticed(fleet: &mut Fleet, program: Program) -> Result<()> {
    fleet.deploy(program, |fleet, _| fleet.assert_all_served())
}

#[test]
fn in_two_steps_everybody_is_served_by_every_program() -> Result<()> {
    let mut fleet = Fleet::start("in-two-steps", Program::V1)?;
    fleet.assert_all_served()?;

    // The first step, and a rollback of it.
    deploy_unnoticed(&mut fleet, Program::V2WritesV1)?;
    fleet.sign_in("newcomer", 0)?;
    deploy_unnoticed(&mut fleet, Program::V1)?;
    deploy_unnoticed(&mut fleet, Program::V2WritesV1)?;

    // The second, and a rollback to the first.
    deploy_unnoticed(&mut fleet, Program::V2)?;
    fleet.sign_in("late", 0)?;
    let terms = |fleet: &mut Fleet| fleet.person("late").token.map(|token| token.terms);
    assert_eq!(terms(&mut fleet), Some(2));
    deploy_unnoticed(&mut fleet, Program::V2WritesV1)?;
    assert_eq!(terms(&mut fleet), Some(2), "what version 1 has no place for is kept");
    deploy_unnoticed(&mut fleet, Program::V2)?;

    // A rollback of both at once, to the program that does not know what was written since the second step.
    fleet.sign_in("latest", 0)?;
    fleet.assert_all_served()?;
    let before = fleet.person("latest").token;
    let everybody = |written| {
        [
            ("visitor", written),
            ("reader", [Served; MACHINES]),
            ("newcomer", written),
            ("late", written),
            ("latest", written),
        ]
    };
    fleet.deploy(Program::V1, |fleet, rolled_back| {
        assert_eq!(fleet.ask_all()?, everybody(first(rolled_back, Kept, Served)));
        Ok(())
    })?;
    fleet.deploy(Program::V2, |fleet, deployed| {
        assert_eq!(fleet.ask_all()?, everybody(first(deployed, Served, Kept)));
        Ok(())
    })?;
    let after = fleet.person("latest").token;
    assert!(
        after.zip(before).is_some_and(|(after, before)| after.visits > before.visits && after.terms == 2)
    );
    remove_version_1(fleet, Program::V2)
}
