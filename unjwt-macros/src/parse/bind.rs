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

#[cfg(test)]
mod tests {
    use proc_macro2::Span;
    use syn::parse_quote;

    use super::*;

    fn parse(form: Form) -> Result<String, String> {
        let entry = Entry { key: proc_macro2::Ident::new("bind", Span::call_site()), form };
        read(&entry).map(|value| value.value()).map_err(|error| error.to_string())
    }

    fn value(tokens: &str) -> Result<String, String> {
        parse(Form::Value(tokens.parse().unwrap()))
    }

    #[cfg(feature = "dbsc")]
    #[test]
    fn takes_one_word() {
        assert_eq!(value("\"dbsc\""), Ok("dbsc".to_owned()));
        for (written, expected) in [
            ("\"DBSC\"", "did you mean `dbsc`?"),
            ("\"device-bound\"", "did you mean `dbsc`?"),
            ("\"dpop\"", "unknown `bind` value `dpop`"),
            ("\"\"", "unknown `bind` value ``"),
            ("dbsc", "write `bind = \"dbsc\"`"),
            ("dpop", "write `bind = \"dbsc\"`"),
            ("true", "write `bind = \"dbsc\"`"),
            ("false", "help: remove it"),
            ("5", "`bind` takes a string"),
            ("\"dbsc\" jwe", "expected `,` before `jwe`"),
        ] {
            let message = value(written).unwrap_err();
            assert!(message.contains(expected), "{written}: {message}");
        }
        let message = parse(Form::Flag).unwrap_err();
        assert!(message.contains("`bind` needs a value\nhelp: write `bind = \"dbsc\"`"), "{message}");
        let message = parse(Form::List(parse_quote!(("dbsc")))).unwrap_err();
        assert!(message.contains("help: write `bind = \"dbsc\"`"), "{message}");
    }

    /// Whatever stands after it: its mistakes are of no interest yet.
    #[cfg(not(feature = "dbsc"))]
    #[test]
    fn asks_for_its_feature() {
        let list: proc_macro2::Group = parse_quote!(("dbsc"));
        for message in [value("\"dbsc\""), value("5"), parse(Form::Flag), parse(Form::List(list))] {
            let message = message.unwrap_err();
            assert!(message.starts_with("`bind` needs the feature `dbsc` of unjwt"), "{message}");
            assert!(message.contains("features = [\"dbsc\"]"), "{message}");
        }
        let expanded = crate::session(&parse_quote! {
            #[session(jwe, max_age = "7D", bind = "dbsc", cookie(partitioned))]
            struct Token { cnf: String }
        });
        let expanded = expanded.to_string();
        assert_eq!(expanded.matches("compile_error").count(), 1, "{expanded}");
        assert!(!expanded.contains("DeviceBound"), "{expanded}");
    }
}
