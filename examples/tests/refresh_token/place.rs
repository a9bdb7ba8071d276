//! The place of the store, which `--store` names.

use anyhow::Result;

use crate::program;
use crate::support::server::Folder;

#[test]
fn a_place_that_is_no_store_is_refused_at_the_start() -> Result<()> {
    let file = "/there/is/no/such/folder/logins.db";
    let ended = program(&Folder::new("place-folder")?).arg("--store").arg(file).start_to_fail()?;
    assert!(!ended.status.success(), "{ended:?}");
    assert!(ended.stderr.contains(file), "{}", ended.stderr);
    Ok(())
}
