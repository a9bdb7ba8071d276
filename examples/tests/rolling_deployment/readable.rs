//! Version 2 with `readable_by = 1`: the old program serves everybody, and writes nothing of a newer one.

use anyhow::Result;

use crate::fleet::{Fleet, MACHINES, first};
use crate::program::Meeting::{OnlyRead, Served};
use crate::program::Program;
use crate::removed::remove_version_1;

#[test]
fn what_the_old_program_may_read_is_served_by_all_and_written_by_the_new_one() -> Result<()> {
    let mut fleet = Fleet::start("readable", Program::V1)?;
    fleet.assert_all_served()?;

    for is_last in [false, true] {
        fleet.deploy(Program::V2Readable, |fleet, deployed| {
            if deployed == 1 && !is_last {
                fleet.sign_in("newcomer", 0)?;
            }
            let written = first(deployed, Served, OnlyRead);
            let expected = [("visitor", written), ("reader", [Served; MACHINES]), ("newcomer", written)];
            assert_eq!(fleet.ask_all()?, expected);
            Ok(())
        })?;
        if is_last {
            break;
        }
        fleet.deploy(Program::V1, |fleet, rolled_back| {
            let written = first(rolled_back, OnlyRead, Served);
            let expected = [("visitor", written), ("reader", [Served; MACHINES]), ("newcomer", written)];
            assert_eq!(fleet.ask_all()?, expected);
            Ok(())
        })?;
    }
    let terms = fleet.person("newcomer").token.map(|token| token.terms);
    assert_eq!(terms, Some(2), "the old program has lost nothing of it");
    remove_version_1(fleet, Program::V2Readable)
}
