//! The expansions of eleven structs, in `golden/`, short enough to read.
//!
//! After a change that was meant: `UNJWT_GOLDEN=overwrite cargo test -p unjwt-macros golden`, and read the
//! difference.

use std::fs;
use std::path::Path;

use syn::{DeriveInput, parse_quote};

fn check(name: &str, input: &DeriveInput) {
    check_expansion(name, input, crate::session(input));
}

/// A file is the struct, as it is written, and after it what the derive adds, the extractors of the feature
/// `axum` included.
fn check_expansion(name: &str, input: &DeriveInput, expansion: proc_macro2::TokenStream) {
    let print = |tokens| prettyplease::unparse(&syn::parse2(tokens).expect("the expansion is items"));
    let text = format!("{}\n{}", print(quote::quote!(#input)), print(expansion));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(name);
    if std::env::var_os("UNJWT_GOLDEN").is_some_and(|value| value == "overwrite") {
        fs::write(&path, &text).expect("the golden file is writable");
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    assert!(text == golden, "{} is another expansion:\n{text}", path.display());
    let lines = text.lines().count();
    assert!(lines <= 210, "{name} has {lines} lines");
}

#[test]
fn golden_plain() {
    check(
        "plain.rs",
        &parse_quote! {
            #[session(jwe)]
            struct Visitor { name: String }
        },
    );
}

#[test]
fn golden_versions() {
    check(
        "versions.rs",
        &parse_quote! {
            #[session(jwe, version = 4, migrate(LoginV1, _, old::LoginV3), readable_by = 3)]
            struct Login { user: u64 }
        },
    );
}

#[test]
fn golden_settings() {
    check(
        "settings.rs",
        &parse_quote! {
            #[session(
                jws(alg = "ES256"),
                name = "__Host-access",
                max_age = "15m",
                extend = "rotate",
                cookie(same_site = "strict", max_age = "7D"),
                header = "authorization",
                sources(header, cookie),
                issuer = "https://id.example",
                audience("web", "app"),
                clock_tolerance = "30s",
            )]
            pub struct Access {
                pub sub: String,
                #[serde(default)]
                pub scope: Vec<String>,
            }
        },
    );
}

#[test]
fn golden_hooks() {
    check(
        "hooks.rs",
        &parse_quote! {
            #[session(
                jws,
                max_age = "15m",
                id = new_id,
                state = Arc<App>,
                hooks(renew = hooks::renew, key_lookup = find),
            )]
            struct Access { sub: String }
        },
    );
}

#[test]
fn golden_generic() {
    check(
        "generic.rs",
        &parse_quote! {
            #[session(jwe, read_only)]
            struct Page<T: Item> {
                items: Vec<T>,
                #[serde(skip)]
                cache: Option<T>,
            }
        },
    );
}

#[test]
fn golden_revocable() {
    check(
        "revocable.rs",
        &parse_quote! {
            #[session(
                jwe,
                max_age = "7D",
                absolute = "30D",
                revocable(by(user, r#type), recheck = "5s", outage = "serve(15m)", max_logins(5, "refuse")),
                cookie = false,
                extract = false,
            )]
            pub(crate) struct Login {
                user: UserId,
                #[serde(rename = "kind")]
                r#type: Option<String>,
            }
        },
    );
}

#[test]
fn golden_of_a_login() {
    check(
        "login.rs",
        &parse_quote! {
            #[session(jws, max_age = "15m", login = crate::Login, cookie(max_age = "session"), extract = false)]
            struct Access { user: u64 }
        },
    );
}

#[cfg(feature = "dbsc")]
#[test]
fn golden_bound() {
    check(
        "bound.rs",
        &parse_quote! {
            #[session(jwe, max_age = "10m", login = Login, bind = "dbsc", extract = false)]
            struct Access { user: u64 }
        },
    );
}

#[test]
fn golden_issued_elsewhere() {
    check(
        "elsewhere.rs",
        &parse_quote! {
            #[session(
                jws(alg = "RS256"),
                read_only,
                issued_elsewhere(typ = "at+jwt", untyped),
                header = "authorization",
                cookie = false,
                extract = false,
            )]
            struct AccessToken { sub: String }
        },
    );
}

#[test]
fn golden_fallback() {
    check(
        "mistake.rs",
        &parse_quote! {
            #[session(jwe, max_age = "7d")]
            struct Visitor { name: String }
        },
    );
}

/// Beside the ten of `Session`.
#[test]
fn golden_state() {
    let input = parse_quote! {
        struct App {
            access: SessionHandle<Access>,
            visitor: SessionHandle<Visitor>,
        }
    };
    check_expansion("state.rs", &input, crate::state::derive(&input));
}

#[test]
fn golden_expansions_without_hooks_have_no_trace_of_them() {
    for name in ["plain.rs", "settings.rs", "generic.rs", "revocable.rs"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(name);
        let text = fs::read_to_string(path).expect("the golden file is there").to_lowercase();
        for trace in ["hook", "renew:", "lookup", "call_id", "event"] {
            assert!(!text.contains(trace), "`{trace}` in {name}");
        }
    }
}
