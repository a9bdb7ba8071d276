#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::{LoginGroup, Session};

#[derive(Clone, Serialize, Deserialize)]
pub struct UserId(pub u64);

/// Its type is private, and the function that takes it is not.
#[derive(Clone, Serialize, Deserialize)]
struct TenantId(String);

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D", revocable(by(user, tenant)))]
pub struct Login {
    pub user: UserId,
    tenant: TenantId,
}

fn main() {
    let group: LoginGroup<Login> = Login::by_user(&UserId(7));
    let _ = (group, Login::by_tenant(&TenantId("acme".into())));
}
