//! The generated code beside names that would mislead it, without a prelude, and under strict lints.

#![no_implicit_prelude]
#![deny(warnings, missing_docs, unused_qualifications, unreachable_pub, private_interfaces, private_bounds)]
#![deny(
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used
)]
#![deny(rust_2018_idioms, unused_results, single_use_lifetimes, trivial_casts, let_underscore_drop)]

/// A crate whose names are those of the generated code, and whose macros write sessions.
pub mod shadowed {
    use ::std::clone::Clone;
    use ::std::marker::Sized;

    /// Shadows.
    pub mod core {}
    /// Shadows.
    pub mod std {}
    /// Shadows.
    pub mod serde {}
    /// Shadows.
    pub mod unjwt {}
    /// Shadows.
    pub trait Session: Sized + Clone {}
    /// Shadows.
    pub trait Default {}
    /// Shadows.
    pub trait Send {}
    /// Shadows.
    pub trait Future {}
    #[allow(non_camel_case_types, missing_docs, dead_code, unreachable_pub, clippy::all, clippy::nursery)]
    mod types {
        pub struct Option;
        pub struct Result;
        pub struct Some;
        pub struct None;
        pub struct Ok;
        pub struct Err;
        pub struct String;
        pub struct Vec;
        pub struct Box;
        pub struct Spec;
        pub struct Key;
        pub struct Patch;
        pub struct State;
        pub struct SPEC;
        pub struct data;
        pub struct value;
        pub struct current;
        pub struct patch;
        pub struct event;
        pub fn key() {}
        pub fn config() {}
        pub fn renew() {}
        pub fn required() {}
    }
    #[allow(unused_imports)]
    use types::*;

    /// A session in bad company.
    #[derive(::std::clone::Clone, ::serde::Serialize, ::serde::Deserialize, ::unjwt::Session)]
    #[session(jwe, max_age = "7D", state = (), id = id, hooks(renew = hook, on_read = hooks::on_read))]
    #[session(absolute = "30D", revocable(by(maybe, sub), outage = "serve(1m)", max_logins(5, "refuse")))]
    pub struct Token {
        /// A field.
        pub sub: ::std::string::String,
        /// A field.
        #[serde(default)]
        pub scope: ::std::vec::Vec<::std::string::String>,
        /// A field.
        pub maybe: ::std::option::Option<u8>,
        #[serde(skip)]
        cache: u8,
    }

    fn id() -> ::std::string::String {
        <::std::string::String as ::std::convert::From<&'static str>>::from("id")
    }

    async fn hook(_: ::unjwt::hooks::Renew<'_, Token>) -> ::unjwt::hooks::HookResult {
        ::std::result::Result::Ok(())
    }

    mod hooks {
        pub(super) async fn on_read(
            event: ::unjwt::hooks::Read<'_, super::Token>,
        ) -> ::unjwt::hooks::HookResult {
            event.refuse();
            ::std::result::Result::Ok(())
        }
    }

    /// A state in bad company.
    #[derive(::unjwt::SessionState)]
    pub struct App {
        /// A handle.
        pub handle: ::unjwt::SessionHandle<Token>,
        /// Another.
        pub other: ::unjwt::SessionHandle<super::words::r#struct>,
    }

    impl Token {
        /// Reads the private field.
        #[must_use]
        pub const fn cache(&self) -> u8 {
            self.cache
        }
    }
}

/// Raw identifiers.
#[allow(non_camel_case_types)]
pub mod words {
    /// A session with words for names.
    #[derive(::std::clone::Clone, ::serde::Serialize, ::serde::Deserialize, ::unjwt::Session)]
    #[session(jws, name = "words", max_age = "1h", revocable(by(r#type, r#match)))]
    pub struct r#struct {
        /// A field.
        pub r#type: u8,
        /// A field.
        pub r#match: u8,
    }
}

/// A struct that callers should leave.
pub mod old {
    /// A deprecated session.
    #[deprecated]
    #[derive(::std::clone::Clone, ::serde::Serialize, ::serde::Deserialize, ::unjwt::Session)]
    #[session(jws, max_age = "1h", revocable(by(field)))]
    pub struct Old {
        /// A deprecated field.
        #[deprecated]
        pub field: u8,
    }
}

/// Sessions made by a macro.
pub mod made {
    macro_rules! session {
        ($vis:vis $name:ident($field:ident: $ty:ty), $cookie:literal, $age:literal, $hook:path, $krate:path) => {
            /// A session from a macro.
            #[derive(::std::clone::Clone, ::serde::Serialize, ::serde::Deserialize, ::unjwt::Session)]
            #[session(jwe, crate = $krate, name = $cookie, max_age = $age, hooks(on_clear = $hook))]
            #[session(revocable(by($field)))]
            $vis struct $name {
                $vis $field: $ty,
            }
        };
    }

    session!(pub(crate) Made(field: u8), "made", 60, self::cleared, ::unjwt);

    async fn cleared(event: ::unjwt::hooks::Clear<'_, Made>) -> ::unjwt::hooks::HookResult {
        if let ::std::option::Option::Some(old) = event.old() {
            ::std::assert_eq!(old.data.field, 0);
        }
        ::std::result::Result::Ok(())
    }
}

/// A session that nobody configures or patches, in a function.
#[::core::prelude::v1::test]
fn a_session_may_be_private_and_local() {
    #[derive(::std::clone::Clone, ::serde::Serialize, ::serde::Deserialize, ::unjwt::Session)]
    #[session(jws, max_age = "1h", revocable(by(n)))]
    struct Local {
        n: u8,
    }
    let local = Local { n: 1 };
    ::std::assert_eq!(local.n, 1);
}

#[::core::prelude::v1::test]
fn words_lose_their_prefix_on_the_wire() {
    use ::unjwt::Session as _;
    ::std::assert_eq!(words::r#struct::SPEC.type_name, "struct");
    ::std::assert_eq!(words::r#struct::SPEC.members, ["type", "match"]);
    let groups = words::r#struct::SPEC.revocable.map(|revocable| revocable.groups);
    ::std::assert_eq!(groups, ::std::option::Option::Some(&["type", "match"][..]));
    ::std::mem::drop([words::r#struct::by_type(&1), words::r#struct::by_match(&1)]);
    let _: made::Made = <made::Made as ::unjwt::Session>::__merge(
        ::std::option::Option::None,
        made::MadePatch { field: ::std::option::Option::Some(1) },
    )
    .unwrap_or_else(|field| ::std::panic!("{field} is there"));
}
