//! Names that are derived from other names.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use unjwt_rules::cookie::Prefix;

/// `AccessToken` → `access_token`.
pub(crate) fn snake_case(ident: &Ident) -> String {
    let name: Vec<char> = ident.unraw().to_string().chars().collect();
    let mut snake = String::new();
    for (i, c) in name.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|i| name.get(i));
        let after = name.get(i + 1);
        let starts_word = c.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_numeric()
                    || before.is_uppercase() && after.is_some_and(|c| c.is_lowercase())
            });
        if starts_word && !snake.ends_with('_') {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

/// The protected header's `typ` of a session with this cookie name.
pub(crate) fn typ(name: &str) -> String {
    let plain = Prefix::of(name).map_or(name, |prefix| prefix.rest_of(name));
    format!("{plain}+jwt")
}

/// The header that a session with this cookie name reads.
pub(crate) fn header(name: &str) -> String {
    format!("x-{}-session", name.to_ascii_lowercase())
}

/// Replaces `Self` by the type it stands for, where the tokens move into another item.
pub(crate) fn replace_self(tokens: TokenStream, this: &TokenStream) -> TokenStream {
    let mut tokens = tokens.into_iter().peekable();
    let mut replaced = TokenStream::new();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(ident) if ident == "Self" => {
                let in_path =
                    matches!(tokens.peek(), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
                replaced.extend(if in_path { quote::quote!(<#this>) } else { this.clone() });
            }
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), replace_self(group.stream(), this));
                inner.set_span(group.span());
                replaced.extend([TokenTree::Group(inner)]);
            }
            other => replaced.extend([other]),
        }
    }
    replaced
}

/// serde's `rename_all` rules, applied to a field's name.
pub(crate) fn rename_all(rule: &str, field: &str) -> String {
    let capitalized = |word: &str| {
        let mut chars = word.chars();
        chars.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + chars.as_str())
    };
    let pascal = || field.split('_').map(capitalized).collect::<String>();
    match rule {
        "UPPERCASE" | "SCREAMING_SNAKE_CASE" => field.to_ascii_uppercase(),
        "PascalCase" => pascal(),
        "camelCase" => {
            let pascal = pascal();
            let mut chars = pascal.chars();
            chars
                .next()
                .map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + chars.as_str())
        }
        "kebab-case" => field.replace('_', "-"),
        "SCREAMING-KEBAB-CASE" => field.to_ascii_uppercase().replace('_', "-"),
        // `lowercase` and `snake_case` change no field; an unknown rule is serde's to report.
        _ => field.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use quote::{format_ident, quote};

    use super::*;

    #[test]
    fn makes_snake_case() {
        for (name, expected) in [
            ("AccessToken", "access_token"),
            ("HTTPSession", "http_session"),
            ("Token2Factor", "token2_factor"),
            ("session", "session"),
            ("A", "a"),
            ("My_Session", "my_session"),
        ] {
            assert_eq!(snake_case(&format_ident!("{name}")), expected);
        }
    }

    #[test]
    fn derives_typ_and_header() {
        assert_eq!(typ("__Host-sid"), "sid+jwt");
        assert_eq!(typ("__host-Http-sid"), "sid+jwt");
        assert_eq!(header("Access_Token"), "x-access_token-session");
    }

    #[test]
    fn renames_as_serde_does() {
        assert_eq!(rename_all("camelCase", "not_before_at"), "notBeforeAt");
        assert_eq!(rename_all("UPPERCASE", "exp"), "EXP");
        assert_eq!(rename_all("kebab-case", "a_b"), "a-b");
    }

    #[test]
    fn replaces_self() {
        let replaced = |tokens| {
            let ty: syn::Type = syn::parse2(replace_self(tokens, &quote!(Node<T>))).unwrap();
            ty
        };
        let expected: syn::Type = syn::parse_quote!(Option<Box<Node<T>>>);
        assert_eq!(replaced(quote!(Option<Box<Self>>)), expected);
        let expected: syn::Type = syn::parse_quote!(Vec<<Node<T>>::Item>);
        assert_eq!(replaced(quote!(Vec<Self::Item>)), expected);
    }
}
