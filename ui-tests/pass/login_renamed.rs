#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session};
use unjwt_store::MemoryStore;

#[derive(Clone, Serialize, Deserialize, Session)]
#[serde(rename_all = "camelCase")]
#[session(jwe, max_age = "7D", revocable(by(user_id, tenant, r#type, role)))]
pub struct Login {
    pub user_id: u64,
    #[serde(rename = "org")]
    pub tenant: u32,
    pub r#type: u8,
    #[serde(rename(serialize = "r", deserialize = "role"), alias = "r")]
    pub role: char,
}

fn key() -> JweKey {
    JweKey::secret([7; 32])
}

fn main() {
    let _ = Login::config(key()).store(MemoryStore::volatile()).build().unwrap();
    let _ = (Login::by_user_id(&7), Login::by_tenant(&7), Login::by_type(&7), Login::by_role(&'a'));
    let groups = <Login as Session>::SPEC.revocable.unwrap().groups;
    assert_eq!(groups, ["userId", "org", "type", "r"]);
}
