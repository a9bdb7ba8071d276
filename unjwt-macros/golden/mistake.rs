#[session(jwe, max_age = "7d")]
struct Visitor {
    name: String,
}

::core::compile_error! {
    "unknown unit `d` in the duration `7d`\nhelp: did you mean `7D`?\nnote: the units are `s`, `m`, `h`, `D`, `W`, `M` and `Y`: seconds, minutes, hours, days, weeks, months (30 days) and years (365 days)"
}
///Changes of a `Visitor`: what is `None` stays as it is.
#[allow(
    deprecated,
    dead_code,
    non_camel_case_types,
    non_snake_case,
    clippy::all,
    clippy::pedantic,
    clippy::nursery
)]
struct VisitorPatch {
    ///The new `name`; `None` keeps the present one.
    name: ::core::option::Option<String>,
}
#[automatically_derived]
#[allow(deprecated)]
impl ::core::default::Default for VisitorPatch {
    fn default() -> Self {
        Self {
            name: ::core::option::Option::None,
        }
    }
}
#[allow(
    deprecated,
    unused_qualifications,
    clippy::all,
    clippy::pedantic,
    clippy::nursery
)]
const _: () = {
    #[automatically_derived]
    impl ::unjwt::Session for Visitor {
        type Key = ::unjwt::JweKey;
        type Provenance = ::unjwt::__private::IssuedHere;
        type Lifetime = ::unjwt::__private::Limited;
        type State = ::unjwt::bounds::NoState;
        type Patch = VisitorPatch;
        type OwnSignIn = ::unjwt::__private::Ending;
        type Login = ::unjwt::__private::NoLogin;
        const SPEC: ::unjwt::__private::Spec = ::unjwt::__private::Spec {
            type_name: "Visitor",
            name: "Visitor",
            typ: "JWT",
            protection: ::unjwt::__private::Protection::Jwe {
                alg: ::core::option::Option::None,
                enc: ::core::option::Option::None,
            },
            read_only: false,
            elsewhere: ::core::option::Option::None,
            max_age: ::core::option::Option::None,
            absolute: ::core::option::Option::None,
            revocable: ::core::option::Option::None,
            login: ::core::option::Option::None,
            renew_after: ::core::option::Option::None,
            extend: ::unjwt::__private::Extend::Update,
            version: ::core::option::Option::None,
            cookie: ::core::option::Option::None,
            header: ::core::option::Option::None,
            sources: &[],
            policy: ::unjwt::__private::PolicySpec {
                issuer: ::core::option::Option::None,
                audience: &[],
                subject: ::core::option::Option::None,
                clock_tolerance: 0,
                required_claims: &[],
            },
            mapping: ::unjwt::__private::ClaimMapping::Direct,
            fresh_members: false,
            members: &[],
            csrf: true,
            bound: true,
            symmetric: false,
            layout: &[],
        };
        fn __merge(
            __current: ::core::option::Option<&Self>,
            __patch: VisitorPatch,
        ) -> ::unjwt::__private::Merged<Self> {
            ::core::unreachable!()
        }
    }
    #[automatically_derived]
    impl ::unjwt::bounds::Encrypted for Visitor {}
    #[automatically_derived]
    impl ::unjwt::bounds::Writable for Visitor {}
    #[automatically_derived]
    impl ::unjwt::bounds::ListsLogins for Visitor {}
    #[automatically_derived]
    impl<__S> ::unjwt::__private::FromRequestParts<__S> for Visitor
    where
        __S: ::unjwt::HasSession<Visitor>,
    {
        type Rejection = ::unjwt::SessionRejection;
        fn from_request_parts(
            __parts: &mut ::unjwt::__private::Parts,
            __state: &__S,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<Self, ::unjwt::SessionRejection>,
        > + ::core::marker::Send {
            ::unjwt::__private::extract::<Self, __S>(__parts, __state)
        }
    }
    #[automatically_derived]
    impl<__S> ::unjwt::__private::OptionalFromRequestParts<__S> for Visitor
    where
        __S: ::unjwt::HasSession<Visitor>,
    {
        type Rejection = ::unjwt::SessionRejection;
        fn from_request_parts(
            __parts: &mut ::unjwt::__private::Parts,
            __state: &__S,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<
                ::core::option::Option<Self>,
                ::unjwt::SessionRejection,
            >,
        > + ::core::marker::Send {
            ::unjwt::__private::extract_optional::<Self, __S>(__parts, __state)
        }
    }
};
#[automatically_derived]
#[allow(
    deprecated,
    dead_code,
    non_snake_case,
    private_bounds,
    unused_qualifications,
    clippy::all,
    clippy::pedantic,
    clippy::nursery
)]
impl Visitor {
    /// The configuration of this session: give it to `install`, or `build` it.
    #[must_use]
    fn config(
        key: impl ::unjwt::bounds::SessionKey<::unjwt::JweKey>,
    ) -> ::unjwt::Config<Self> {
        ::unjwt::Config::new(key)
    }
}
