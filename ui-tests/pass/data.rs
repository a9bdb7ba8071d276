#![deny(warnings)]

use serde::{Deserialize, Serialize};
use std::marker::PhantomData;
use std::rc::Rc;
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
pub struct Token {
    pub bytes: Vec<u8>,
    pub nested: Box<[Option<(u8, String)>]>,
    #[serde(skip)]
    pub scratch: PhantomData<fn() -> Rc<u8>>,
}

fn main() {}
