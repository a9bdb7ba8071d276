#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::Session;
use unjwt::bounds::{HasAuthTime, ListsLogins, Revocable};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D", revocable)]
pub struct Alone {
    pub user: u64,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D", revocable(by(user)))]
pub struct Listed {
    pub user: u64,
}

fn revocable<T: Revocable + HasAuthTime>() {}
fn listed<T: ListsLogins + HasAuthTime>() {}

fn main() {
    revocable::<Alone>();
    listed::<Listed>();
}
