//! `bind = "dbsc"`: a session that is bound to the browser's device.

use syn::{LitBool, LitStr};

use super::entry::{Entry, Form};
use super::value::{error, string};

/// The only value so far.
const DBSC: &str = "dbsc";

/// Reads the value, or reports what was probably meant by it.
pub(super) fn read(entry: &Entry) -> syn::Result<LitStr> {
    if !cfg!(feature = "dbsc") {
        return Err(error(
            &entry.key,
            "`bind` needs the feature `dbsc` of unjwt, which is off\nhelp: turn it on in `Cargo.toml`: `unjwt = { version = \"..\", features = [\"dbsc\"] }`".to_owned(),
        ));
    }
    if let Form::Value(value) = &entry.form {
        if let Ok(switch) = syn::parse2::<LitBool>(value.clone()) {
            let message = if switch.value {
                "`bind` takes a string\nhelp: write `bind = \"dbsc\"`"
            } else {
                "a session is bound to no device unless the attribute says so\nhelp: remove it"
            };
            return Err(error(&switch, message.to_owned()));
        }
        if let Ok(word) = syn::parse2::<proc_macro2::Ident>(value.clone()) {
            return Err(error(&word, "`bind` takes a string\nhelp: write `bind = \"dbsc\"`".to_owned()));
        }
    }
    let literal = string(entry)?;
    let text = literal.value();
    if text == DBSC {
        return Ok(literal);
    }
    let word: String =
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let help = match word.as_str() {
        DBSC | "devicebound" | "device" => "did you mean `dbsc`?",
        _ => "write `bind = \"dbsc\"`, which binds the session to a key of the browser's device",
    };
    Err(error(&literal, format!("unknown `bind` value `{text}`\nhelp: {help}")))
}
