#![deny(warnings)]

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use unjwt::{Config, JweKey, Session};

pub trait Item: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {}

#[derive(Clone, Serialize, Deserialize, Session)]
#[serde(bound = "")]
#[session(jwe)]
pub struct Basket<T: Item = Apple> {
    pub items: Vec<T>,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct Apple;

impl Item for Apple {}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "pair")]
pub struct Pair<A, B>
where
    A: Clone,
{
    pub a: A,
    #[serde(default)]
    pub b: B,
}

fn main() {
    let _: Config<Basket> = Basket::config(JweKey::password("a password"));
    let _ = Pair::<u8, String>::config(JweKey::password("a password"));
}
