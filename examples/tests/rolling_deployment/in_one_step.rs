//! Version 2 in one step: whoever it writes is anonymous at the old program, which changes nothing of theirs.

use anyhow::Result;

use crate::fleet::{Fleet, MACHINES, first};
use crate::program::Meeting::{Kept, Served, SignedOut};
use crate::program::Program;
use crate::removed::remove_version_1;

#[test]
fn in_one_step_the_old_program_keeps_what_it_does_not_know() -> Result<()> {
    let mut fleet = Fleet::start("in-one-step", Program::V1)?;
    fleet.assert_all_served()?;

    fleet.deploy(Program::V2, |fleet, deployed| {
        if deployed == 1 {
            fleet.sign_in("newcomer", 0)?;
            fleet.sign_in("leaver", 0)?;
            fleet.sign_in("impatient", 0)?;
        }
        // Whoever is only read has a session of version 1, which all know.
        let written = first(deployed, Served, Kept);
        let expected = [
            ("visitor", written),
            ("reader", [Served; MACHINES]),
            ("newcomer", written),
            ("leaver", written),
            ("impatient", written),
        ];
        assert_eq!(fleet.ask_all()?, expected);
        Ok(())
    })?;
    let visits = fleet.person("newcomer").token.map(|token| token.visits);
    assert!(visits > Some(0), "the visits at the new program were counted");

    let mut back = [
        ("visitor", [Served; MACHINES]),
        ("reader", [Served; MACHINES]),
        ("newcomer", [Served; MACHINES]),
        ("leaver", [Served; MACHINES]),
        ("impatient", [Served; MACHINES]),
    ];
    fleet.deploy(Program::V1, |fleet, rolled_back| {
        for index in [0, 2, 3, 4] {
            back[index].1 = first(rolled_back, Kept, Served);
        }
        assert_eq!(fleet.ask_all()?, back);
        Ok(())
    })?;

    // At the old program a logout removes a newer session, and a login takes its place.
    fleet.sign_out("leaver", 1)?;
    back[3].1 = [SignedOut; MACHINES];
    fleet.sign_in_again("impatient", 1)?;
    back[4].1 = [Served; MACHINES];
    assert_eq!(fleet.ask_all()?, back);

    let before = fleet.person("newcomer").token;
    fleet.deploy(Program::V2, |fleet, deployed| {
        if deployed == 1 {
            let newcomer = fleet.person("newcomer");
            let token = newcomer
                .token
                .zip(before)
                .map(|(token, before)| (token.terms, token.visits >= before.visits));
            assert_eq!(token, Some((2, true)), "it is as the new program left it");
        }
        let written = first(deployed, Served, Kept);
        let expected = [
            ("visitor", written),
            ("reader", [Served; MACHINES]),
            ("newcomer", written),
            ("leaver", [SignedOut; MACHINES]),
            ("impatient", written),
        ];
        assert_eq!(fleet.ask_all()?, expected);
        Ok(())
    })?;
    fleet.people.retain(|person| person.name != "leaver");
    remove_version_1(fleet, Program::V2)
}
