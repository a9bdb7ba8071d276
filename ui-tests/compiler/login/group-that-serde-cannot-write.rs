use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone)]
struct UserId(u64);

mod as_number {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::UserId;

    pub fn serialize<S: Serializer>(user: &UserId, to: S) -> Result<S::Ok, S::Error> {
        user.0.serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<UserId, D::Error> {
        u64::deserialize(from).map(UserId)
    }
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D", revocable(by(user)))]
struct Login {
    #[serde(with = "as_number")]
    user: UserId,
}

fn main() {}
