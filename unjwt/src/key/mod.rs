//! What a key is: JSON Web Keys and sets of them, passwords and secrets, and what makes one unfit for use.

mod checks;
mod generate;
mod jwe_key;
mod jwe_material;
mod jwk;
mod jws_key;
mod jws_material;
mod prepared;
mod set;

pub use jwe_key::JweKey;
pub use jwk::Jwk;
pub use jws_key::JwsKey;
pub use set::JwkSet;

#[cfg(test)]
mod tests;
