#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session};
use unjwt_store::MemoryStore;

macro_rules! login {
    ($name:ident, $field:ident: $ty:ty, $recheck:literal) => {
        #[derive(Clone, Serialize, Deserialize, Session)]
        #[session(jwe, max_age = "7D", revocable(by($field), recheck = $recheck))]
        pub struct $name {
            pub $field: $ty,
        }
    };
    ($name:ident) => {
        #[derive(Clone, Serialize, Deserialize, Session)]
        #[session(jwe, max_age = "7D", revocable(by(user), outage = "serve(15m)", max_logins(5, "end_oldest")))]
        pub struct $name {
            pub user: Option<u64>,
        }
    };
}

login!(Account, user: u64, "5s");
login!(Member, name: String, 0);
login!(Guest);

fn key() -> JweKey {
    JweKey::secret([7; 32])
}

fn main() {
    let _ = Account::config(key()).store(MemoryStore::volatile()).build().unwrap();
    let _ = (Account::by_user(&7), Member::by_name("ada"), Guest::by_user(&7));
}
