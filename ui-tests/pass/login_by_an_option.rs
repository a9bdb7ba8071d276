#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::Session;
use uuid::Uuid;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D", revocable(by(user, device)))]
pub struct Login {
    pub user: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
}

fn main() {
    let _ = Login::by_user(&Uuid::nil());
    let _ = Login::by_device("phone");
}
