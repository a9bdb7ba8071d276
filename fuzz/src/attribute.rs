//! The derives: whatever a source file says, the expansion is items, and durations mean what their grammar says.

use proc_macro2::{Span, TokenStream};
use syn::{DeriveInput, Lit, LitStr};
use unjwt_grammar::{seconds, session, session_state};

use crate::input::text_choice;

/// The first byte says what the rest is: `a` the inside of a struct's `#[session(..)]`, `b` of a field's, `c` an item
/// that derives `Session`, `d` one that derives `SessionState`, `e` a duration's text, `f` a literal as a duration.
pub fn run(data: &[u8]) {
    let Some((place, text)) = text_choice(data, 6) else { return };
    match place {
        0 => {
            expand(&format!("#[session({text})] struct Token<'a, T> {{ sub: String, data: &'a T }}"), session)
        }
        1 => {
            expand(&format!("#[session(jwe)] pub struct Token {{ #[session({text})] sub: String }}"), session)
        }
        2 => expand(text, session),
        3 => expand(text, session_state),
        4 => duration(text),
        _ => literal(text),
    }
}

fn expand(item: &str, derive: fn(&DeriveInput) -> TokenStream) {
    let Ok(input) = syn::parse_str::<DeriveInput>(item) else { return };
    let expansion = derive(&input);
    if syn::parse2::<syn::File>(expansion.clone()).is_err() {
        panic!("no items: {expansion}");
    }
}

fn duration(text: &str) {
    let literal = Lit::Str(LitStr::new(text, Span::call_site()));
    assert_eq!(seconds(&literal).ok(), in_words(text), "{text:?}");
}

fn literal(text: &str) {
    let Ok(literal) = syn::parse_str::<Lit>(text) else { return };
    let expected = match &literal {
        Lit::Str(text) => in_words(&text.value()),
        Lit::Int(int) => number(&int.to_string()),
        _ => None,
    };
    assert_eq!(seconds(&literal).ok(), expected, "{text:?}");
}

const YEAR: u128 = 365 * 24 * 60 * 60;

/// The grammar a second time: digits, then a unit.
fn in_words(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, unit) = text.split_at(digits);
    let unit = match unit {
        "s" | "second" | "seconds" => 1,
        "m" | "minute" | "minutes" => 60,
        "h" | "hour" | "hours" => 60 * 60,
        "D" | "day" | "days" => 24 * 60 * 60,
        "W" | "week" | "weeks" => 7 * 24 * 60 * 60,
        "M" | "month" | "months" => 30 * 24 * 60 * 60,
        "Y" | "year" | "years" => YEAR,
        _ => return None,
    };
    within(decimal(digits)?.checked_mul(unit)?)
}

/// A whole number as Rust writes it, without a suffix.
fn number(literal: &str) -> Option<u64> {
    let (digits, radix) = match literal.get(..2) {
        Some("0x") => (literal.get(2..)?, 16),
        Some("0o") => (literal.get(2..)?, 8),
        Some("0b") => (literal.get(2..)?, 2),
        _ => (literal, 10),
    };
    // As a number, and not as what else `from_str_radix` takes: a sign.
    let digits = digits.replace('_', "");
    let all = digits.chars().all(|digit| digit.is_digit(radix));
    within(u128::from_str_radix(&digits, radix).ok().filter(|_| all)?)
}

fn decimal(digits: &str) -> Option<u128> {
    let all = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    if all { digits.parse().ok() } else { None }
}

/// A thousand years at most.
fn within(seconds: u128) -> Option<u64> {
    u64::try_from(seconds).ok().filter(|_| seconds <= 1000 * YEAR)
}
