//! The program of before there were versions.

use anyhow::Result;

use crate::fleet::Fleet;
use crate::program::Program;

#[test]
fn nobody_notices_the_first_version() -> Result<()> {
    let mut fleet = Fleet::start("first-version", Program::Before)?;
    fleet.assert_all_served()?;
    fleet.deploy(Program::V1, |fleet, _| fleet.assert_all_served())?;
    fleet.sign_in("newcomer", 0)?;
    fleet.deploy(Program::Before, |fleet, _| fleet.assert_all_served())
}

/// What makes `version = 1` come first.
#[test]
fn a_program_without_versions_loses_what_it_does_not_know() -> Result<()> {
    let mut fleet = Fleet::start("without-versions", Program::Before)?;
    fleet.replace(0, Program::V2)?;
    fleet.sign_in("newcomer", 0)?;
    let terms = |fleet: &mut Fleet| fleet.person("newcomer").token.map(|token| token.terms);
    assert_eq!(terms(&mut fleet), Some(2));
    // It reads the session, and writes it as one of its own.
    fleet.assert_all_served()?;
    assert_eq!(terms(&mut fleet), Some(1));
    Ok(())
}
