//! While somebody types, the attribute is broken: what an editor needs of the expansion must be there all the
//! same.
//!
//! For each attribute the struct's impls are emitted, the tokens of the struct keep their places in the
//! source, so that "go to definition" and renaming work, and an error stands where the attribute is wrong.

use std::str::FromStr;

use proc_macro2::{LineColumn, TokenStream, TokenTree};
use syn::DeriveInput;

/// Attributes as they are while somebody types them, and attributes that are wrong in other ways.
const ATTRIBUTES: [&str; 67] = [
    "",
    "#[session]",
    "#[session()]",
    "#[session{}]",
    "#[session = \"jwe\"]",
    "#[session(j)]",
    "#[session(jwe, jws)]",
    "#[session(jwe jws)]",
    "#[session(,)]",
    "#[session(,,,)]",
    "#[session(jwe,, name)]",
    "#[session(jwe, na)]",
    "#[session(jwe, name)]",
    "#[session(jwe, name =)]",
    "#[session(jwe, name = \"a b\")]",
    "#[session(jwe, name = name = name)]",
    "#[session(jwe, = \"sid\")]",
    "#[session(jwe, \"sid\")]",
    "#[session(jwe, max_age = \"7\", max_age = \"7d\")]",
    "#[session(jwe, max_age = -1)]",
    "#[session(jwe, max_age = 99999999999999999999999999999999999999999)]",
    "#[session(jws(\"HS256\"))]",
    "#[session(jws(alg = ))]",
    "#[session(jws(alg(alg(alg))))]",
    "#[session(jwe, cookie)]",
    "#[session(jwe, cookie())]",
    "#[session(jwe, cookie(path = \"/\", path))]",
    "#[session(jwe, cookie(max_age = \"500D\"))]",
    "#[session(jwe, hooks)]",
    "#[session(jwe, hooks(renew))]",
    "#[session(jwe, hooks(renew = ))]",
    "#[session(jwe, hooks(renew = |event| event))]",
    "#[session(jwe, state = )]",
    "#[session(jwe, state = Arc<)]",
    "#[session(jwe, state = Vec<u8, >)]",
    "#[session(jwe, sources = header)]",
    "#[session(jwe, audience = [\"a\", \"b\"])]",
    "#[session(jwe, crate = \"x\")]",
    "#[session(jwe, required_claims(1, 2))]",
    "#[session(jws, issued_elsewhere)]",
    "#[session(jws, read_only, issued_elsewhere =)]",
    "#[session(jws, read_only, issued_elsewhere())]",
    "#[session(jws, read_only, issued_elsewhere(typ))]",
    "#[session(jwe, version)]",
    "#[session(jwe, version =)]",
    "#[session(jwe, version = 2, migrate)]",
    "#[session(jwe, version = 2, migrate())]",
    "#[session(jwe, version = 2, migrate(,))]",
    "#[session(jwe, version = 3, migrate(V1,))]",
    "#[session(jwe, version = 2, migrate(V1), readable_by)]",
    "#[session(jwe, absolute)]",
    "#[session(jwe, max_age = 9, absolute =)]",
    "#[session(jwe, revocable)]",
    "#[session(jwe, max_age = 9, revocable =)]",
    "#[session(jwe, max_age = 9, revocable())]",
    "#[session(jwe, max_age = 9, revocable(by))]",
    "#[session(jwe, max_age = 9, revocable(by()))]",
    "#[session(jwe, max_age = 9, revocable(by(,)))]",
    "#[session(jwe, max_age = 9, revocable(by(su)))]",
    "#[session(jwe, max_age = 9, revocable(by(sub, sub)))]",
    "#[session(jwe, max_age = 9, revocable(by(sub), max_logins(,)))]",
    "#[session(jwe, max_age = 9, revocable(by(sub), outage = \"serve(\"))]",
    "#[session(jwe, max_age = 9, revocable(by(sub), recheck = \"10\"))]",
    "#[session(jwe, bind)]",
    "#[session(jwe, bind =)]",
    "#[session(jwe, max_age = 600, bind = \"db\")]",
    "#[session(jwe, max_age = 600, bind = \"dbsc\")]",
];

const STRUCT: &str = "pub struct Token { pub(crate) sub: Vec<String> }";

/// The expansion, and the struct's own tokens by where they stand.
fn expand(attribute: &str) -> (String, TokenStream) {
    let source = format!("{attribute}\n{STRUCT}");
    let input: DeriveInput = syn::parse_str(&source).expect("an attribute's tokens are balanced");
    let expanded = crate::session(&input);
    (expanded.to_string(), expanded)
}

/// The places in the source of every `word` of the expansion.
fn places(tokens: TokenStream, word: &str) -> Vec<LineColumn> {
    let places = tokens.into_iter().flat_map(|token| match token {
        TokenTree::Ident(ident) if ident == word => vec![ident.span().start()],
        TokenTree::Group(group) => places(group.stream(), word),
        _ => Vec::new(),
    });
    places.collect()
}

#[test]
fn every_broken_attribute_is_an_error_beside_the_impls() {
    for attribute in ATTRIBUTES {
        let (text, tokens) = expand(attribute);
        syn::parse2::<syn::File>(tokens).unwrap_or_else(|error| panic!("{attribute}: {error}: {text}"));
        assert!(text.contains("compile_error"), "`{attribute}` is taken for right");
        for kept in [
            "Session for Token",
            "Writable for Token",
            "struct TokenPatch",
            "fn config",
            "FromRequestParts < __S > for Token",
        ] {
            assert!(text.contains(kept), "`{kept}` is lost with `{attribute}`: {text}");
        }
    }
}

#[test]
fn the_structs_tokens_keep_their_places() {
    // An attribute without a mistake is held to the same.
    for attribute in ATTRIBUTES.into_iter().chain(["#[session(jwe)]", "#[session(jws, max_age = \"7D\")]"]) {
        let (_, tokens) = expand(attribute);
        for word in ["Token", "sub", "Vec", "String"] {
            let column = STRUCT.find(word).expect("a word of the struct");
            let expected = LineColumn { line: 2, column };
            assert!(
                places(tokens.clone(), word).contains(&expected),
                "no `{word}` of the expansion stands where the struct has it: {attribute}"
            );
        }
        // The patch goes by the struct's name: that is where its definition is found.
        let column = STRUCT.find("Token").expect("the struct's name");
        assert!(
            places(tokens.clone(), "TokenPatch").contains(&LineColumn { line: 2, column }),
            "`TokenPatch` has no place in the source: {attribute}"
        );
    }
}

/// Any tokens at all: no panic, and the impls beside whatever is wrong.
#[test]
fn any_tokens_leave_the_impls_in_place() {
    const WORDS: [&str; 33] = [
        "jwe",
        "jws",
        "name",
        "max_age",
        "cookie",
        "hooks",
        "state",
        "header",
        "alg",
        "renew",
        "false",
        "\"7D\"",
        "\"\"",
        "0",
        "-",
        "=",
        "=",
        ",",
        ",",
        "<",
        ">",
        "::",
        "( )",
        "(alg = \"none\")",
        "absolute",
        "revocable",
        "(by(sub))",
        "(by(x), recheck = 0)",
        "by",
        "recheck",
        "outage",
        "max_logins",
        "(5, \"refuse\")",
    ];
    // A linear congruence (Numerical Recipes): the same attributes in every run.
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as usize
    };
    for _ in 0..2_000 {
        let length = 1 + next() % 12;
        let words: Vec<_> = (0..length).map(|_| WORDS[next() % WORDS.len()]).collect();
        let attribute = format!("#[session({})]", words.join(" "));
        if TokenStream::from_str(&attribute).is_err() {
            continue;
        }
        let (text, tokens) = expand(&attribute);
        assert!(syn::parse2::<syn::File>(tokens).is_ok(), "{attribute}: {text}");
        assert!(text.contains("Session for Token"), "{attribute}: {text}");
    }
}
