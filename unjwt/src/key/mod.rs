//! Keys: JSON Web Keys and sets of them, passwords and secrets, and the checks of their fitness.

mod checks;
mod digest;
mod generate;
mod jwe_key;
mod jwe_material;
mod jwe_pair;
mod jwe_shared;
mod jwe_symmetric;
mod jwk;
mod jwk_pem;
mod jws_key;
mod jws_material;
mod jws_readers;
mod key_type;
mod passed_over;
mod pem;
mod prepared;
pub(crate) mod remote;
pub(crate) mod ring;
mod roca;
mod set;
mod small_order;

pub use jwe_key::JweKey;
pub use jwk::Jwk;
pub use jws_key::JwsKey;
pub use set::JwkSet;

use crate::config_error::KeyError;

/// The algorithm that the attribute or the key names; both may name one, and may not contradict each other.
fn one_of<A: Copy + PartialEq>(
    pin: Option<A>,
    own: Option<A>,
    name: impl Fn(A) -> &'static str,
) -> Result<Option<A>, KeyError> {
    match (pin, own) {
        (Some(pin), Some(own)) if pin != own => Err(KeyError::new(format!(
            "the key is set to `{}`, but the attribute pins `{}`",
            name(own),
            name(pin)
        ))),
        _ => Ok(pin.or(own)),
    }
}

#[cfg(test)]
mod tests;
