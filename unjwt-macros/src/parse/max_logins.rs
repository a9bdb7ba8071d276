//! `max_logins(5, "end_oldest")`: how many logins one user may have, and what happens to one more.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::{Lit, LitStr};

use super::entry::{Entry, Form};
use super::examples::help;
use super::value::{error, without_suffix};
use crate::suggest;

/// A user's record holds no more.
const MOST: u8 = 64;

const POLICIES: [&str; 2] = ["end_oldest", "refuse"];

/// A limit of logins.
#[derive(Clone, Copy)]
pub(crate) struct MaxLogins {
    pub(crate) count: u8,
    /// `true`: one more ends the oldest. `false`: one more is refused.
    pub(crate) ends_oldest: bool,
}

/// `max_logins(number, policy)`.
pub(super) fn read(entry: &Entry) -> syn::Result<MaxLogins> {
    let key = &entry.key;
    let Form::List(list) = &entry.form else {
        return Err(without_list(entry));
    };
    let elements = split(list.stream());
    let written = match elements.as_slice() {
        [] => return Err(error(list, format!("`{key}()` has no number{}", help(&key.to_string())))),
        [first, ..] if is_policy(first) => {
            let count = elements.get(1).filter(|second| number(second).is_some());
            let count = count.map_or_else(|| "5".to_owned(), ToString::to_string);
            let policy = policy_text(first).unwrap_or_default();
            let policy = POLICIES.iter().find(|known| **known == policy).unwrap_or(&"end_oldest");
            return Err(error(
                first,
                format!(
                    "`{key}` begins with the number of logins\nhelp: write `{key}({count}, \"{policy}\")`"
                ),
            ));
        }
        [first] => {
            let count = count(first, key)?;
            return Err(error(
                list,
                format!(
                    "`{key}` does not say what happens to one login more\nhelp: write `{key}({count}, \"end_oldest\")` to end the oldest one, or `{key}({count}, \"refuse\")` to refuse the new one"
                ),
            ));
        }
        [first, second] => (first, second),
        [_, _, extra, ..] => {
            return Err(error(extra, format!("`{key}` takes a number and a word{}", help(&key.to_string()))));
        }
    };
    let count = count(written.0, key)?;
    Ok(MaxLogins { count, ends_oldest: policy(written.1, key, count)? })
}

/// The parts between commas.
fn split(tokens: TokenStream) -> Vec<TokenStream> {
    let mut parts = vec![TokenStream::new()];
    for token in tokens {
        match (&token, parts.last_mut()) {
            (TokenTree::Punct(comma), _) if comma.as_char() == ',' => parts.push(TokenStream::new()),
            (_, Some(part)) => part.extend([token]),
            (_, None) => {}
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

fn without_list(entry: &Entry) -> syn::Error {
    let key = &entry.key;
    match &entry.form {
        Form::Value(value) => {
            let count = number(value).map_or_else(|| "5".to_owned(), |_| value.to_string());
            let message = format!(
                "`{key}` takes a number and a word in parentheses, without `=`\nhelp: write `{key}({count}, \"end_oldest\")`"
            );
            error(value, message)
        }
        _ => error(key, format!("`{key}` takes a number and a word{}", help(&key.to_string()))),
    }
}

/// A whole number that fits.
fn number(tokens: &TokenStream) -> Option<u8> {
    match syn::parse2::<Lit>(tokens.clone()) {
        Ok(Lit::Int(int)) if int.suffix().is_empty() => {
            int.base10_parse().ok().filter(|count| (1..=MOST).contains(count))
        }
        _ => None,
    }
}

fn count(tokens: &TokenStream, key: &Ident) -> syn::Result<u8> {
    if let Some(count) = number(tokens) {
        return Ok(count);
    }
    let message = match syn::parse2::<Lit>(tokens.clone()) {
        Ok(Lit::Int(int)) if !int.suffix().is_empty() => {
            format!(
                "a number of logins takes no suffix `{}`\nhelp: write `{}`",
                int.suffix(),
                int.base10_digits()
            )
        }
        Ok(Lit::Int(int)) if int.base10_digits() == "0" => {
            format!(
                "with `{key}` of 0 nobody could sign in\nhelp: write 1 or more, or leave `{key}` out for no limit"
            )
        }
        Ok(Lit::Int(int)) if int.base10_digits().starts_with('-') => {
            "a number of logins cannot be negative\nhelp: remove the sign".to_owned()
        }
        Ok(Lit::Int(_)) => format!(
            "`{key}` must be at most {MOST}: one record lists all logins of a user\nhelp: write {MOST} or less, or leave `{key}` out for no limit"
        ),
        Ok(Lit::Str(quoted)) => match quoted.value() {
            digits if digits.parse::<u64>().is_ok() => {
                format!("a number of logins takes no quotes\nhelp: write `{digits}`")
            }
            _ => format!("`{key}` begins with the number of logins{}", help(&key.to_string())),
        },
        _ => format!("`{key}` takes a whole number and a word{}", help(&key.to_string())),
    };
    Err(error(tokens, message))
}

/// The text of a string, or of a word that lacks its quotes.
fn policy_text(tokens: &TokenStream) -> Option<String> {
    let word = || syn::parse2::<Ident>(tokens.clone()).map(|word| word.to_string());
    syn::parse2::<LitStr>(tokens.clone()).map(|text| text.value()).or_else(|_| word()).ok()
}

/// Returns whether it is a word rather than a number.
fn is_policy(tokens: &TokenStream) -> bool {
    policy_text(tokens).is_some_and(|text| text.parse::<u64>().is_err())
}

fn policy(tokens: &TokenStream, key: &Ident, count: u8) -> syn::Result<bool> {
    let Some(text) = policy_text(tokens) else {
        return Err(error(tokens, format!("`{key}` takes a number and a word{}", help(&key.to_string()))));
    };
    let known = POLICIES.contains(&text.as_str());
    let Ok(literal) = syn::parse2::<LitStr>(tokens.clone()) else {
        let meant = if known { &text } else { "end_oldest" };
        return Err(error(
            tokens,
            format!("`{key}` takes a string after the number\nhelp: write `{key}({count}, \"{meant}\")`"),
        ));
    };
    without_suffix(Lit::Str(literal.clone()))?;
    if known {
        return Ok(text == "end_oldest");
    }
    let help = match synonym(&text).or_else(|| suggest::nearest(&text, &POLICIES)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => {
            "write `end_oldest` (one login more ends the oldest one) or `refuse` (it is refused)".to_owned()
        }
    };
    Err(error(&literal, format!("unknown `{key}` value `{text}`\nhelp: {help}")))
}

/// Words of other programs.
fn synonym(word: &str) -> Option<&'static str> {
    match word.to_ascii_lowercase().replace('-', "_").as_str() {
        "oldest" | "end" | "evict" | "evict_oldest" | "logout_oldest" | "drop_oldest"
        | "terminate_oldest" | "remove_oldest" | "kick_oldest" => Some("end_oldest"),
        "deny" | "deny_new" | "reject" | "reject_new" | "refuse_new" | "block" | "error" => Some("refuse"),
        _ => None,
    }
}
