#[session(jwe)]
struct Visitor {
    name: String,
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
        type Lifetime = ::unjwt::__private::Unlimited;
        type State = ::unjwt::bounds::NoState;
        type Patch = VisitorPatch;
        type OwnSignIn = ::unjwt::__private::NoSignIn;
        type Login = ::unjwt::__private::NoLogin;
        const SPEC: ::unjwt::__private::Spec = ::unjwt::__private::Spec {
            type_name: "Visitor",
            name: "visitor",
            typ: "visitor+jwt",
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
            cookie: ::core::option::Option::Some(::unjwt::__private::CookieSpec {
                path: "/",
                domain: ::core::option::Option::None,
                secure: true,
                http_only: true,
                same_site: ::core::option::Option::Some(
                    ::unjwt::__private::SameSite::Lax,
                ),
                partitioned: false,
                max_age: ::core::option::Option::None,
                browser_session: false,
                chunk_max_length: 4000usize,
                max_chunks: 3usize,
            }),
            header: ::core::option::Option::Some("x-visitor-session"),
            sources: &[
                ::unjwt::__private::TokenSource::Cookie,
                ::unjwt::__private::TokenSource::Header,
            ],
            policy: ::unjwt::__private::PolicySpec {
                issuer: ::core::option::Option::None,
                audience: &[],
                subject: ::core::option::Option::None,
                clock_tolerance: 0u64,
                required_claims: &[],
            },
            mapping: ::unjwt::__private::ClaimMapping::Direct,
            fresh_members: false,
            members: &["name"],
            csrf: true,
            bound: false,
            symmetric: {
                use ::unjwt::__private::Unproven as _;
                true && ::unjwt::__private::Type::<String>::SYMMETRIC
            },
            layout: &[
                (::core::mem::offset_of!(Self, name), ::core::mem::size_of::<String>()),
            ],
        };
        fn __merge(
            __current: ::core::option::Option<&Self>,
            __patch: VisitorPatch,
        ) -> ::unjwt::__private::Merged<Self> {
            match __current {
                ::core::option::Option::Some(__current) => {
                    let mut __data = ::unjwt::__private::copy_session(__current);
                    ::unjwt::__private::overwrite::<
                        String,
                    >(&mut __data.name, __patch.name);
                    ::core::result::Result::Ok(__data)
                }
                ::core::option::Option::None => {
                    ::core::result::Result::Ok(Self {
                        name: ::unjwt::__private::required::<
                            String,
                        >(__patch.name, "name")?,
                    })
                }
            }
        }
    }
    #[automatically_derived]
    impl ::unjwt::bounds::Encrypted for Visitor {}
    #[automatically_derived]
    impl ::unjwt::bounds::Writable for Visitor {}
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
