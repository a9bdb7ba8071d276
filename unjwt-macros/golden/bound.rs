#[session(jwe, max_age = "10m", login = Login, bind = "dbsc", extract = false)]
struct Access {
    user: u64,
}

///Changes of a `Access`: what is `None` stays as it is.
#[allow(
    deprecated,
    dead_code,
    non_camel_case_types,
    non_snake_case,
    clippy::all,
    clippy::pedantic,
    clippy::nursery
)]
struct AccessPatch {
    ///The new `user`; `None` keeps the present one.
    user: ::core::option::Option<u64>,
}
#[automatically_derived]
#[allow(deprecated)]
impl ::core::default::Default for AccessPatch {
    fn default() -> Self {
        Self {
            user: ::core::option::Option::None,
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
    impl ::unjwt::Session for Access {
        type Key = ::unjwt::JweKey;
        type Provenance = ::unjwt::__private::IssuedHere;
        type Lifetime = ::unjwt::__private::Limited;
        type State = ::unjwt::bounds::NoState;
        type Patch = AccessPatch;
        type OwnSignIn = ::unjwt::__private::Ending;
        type Login = Login;
        const SPEC: ::unjwt::__private::Spec = ::unjwt::__private::Spec {
            type_name: "Access",
            name: "access",
            typ: "access+jwt",
            protection: ::unjwt::__private::Protection::Jwe {
                alg: ::core::option::Option::None,
                enc: ::core::option::Option::None,
            },
            read_only: false,
            elsewhere: ::core::option::Option::None,
            max_age: ::core::option::Option::Some(600u64),
            absolute: ::core::option::Option::None,
            revocable: ::core::option::Option::None,
            login: ::unjwt::__private::login_of::<Self>(true),
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
            header: ::core::option::Option::Some("x-access-session"),
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
            members: &["user"],
            csrf: true,
            bound: true,
            symmetric: {
                use ::unjwt::__private::Unproven as _;
                true && ::unjwt::__private::Type::<u64>::SYMMETRIC
            },
            layout: &[
                (::core::mem::offset_of!(Self, user), ::core::mem::size_of::<u64>()),
            ],
        };
        fn __merge(
            __current: ::core::option::Option<&Self>,
            __patch: AccessPatch,
        ) -> ::unjwt::__private::Merged<Self> {
            match __current {
                ::core::option::Option::Some(__current) => {
                    let mut __data = ::unjwt::__private::copy_session(__current);
                    ::unjwt::__private::overwrite::<u64>(&mut __data.user, __patch.user);
                    ::core::result::Result::Ok(__data)
                }
                ::core::option::Option::None => {
                    ::core::result::Result::Ok(Self {
                        user: ::unjwt::__private::required::<u64>(__patch.user, "user")?,
                    })
                }
            }
        }
        fn __from_login(__login: &Self::Login) -> ::core::option::Option<Self> {
            ::core::option::Option::Some(
                ::unjwt::__private::from_login::<Login, Self>(__login),
            )
        }
    }
    #[automatically_derived]
    impl ::unjwt::bounds::Encrypted for Access {}
    #[automatically_derived]
    impl ::unjwt::bounds::Writable for Access {}
    #[automatically_derived]
    impl ::unjwt::__private::DeviceBound for Access {}
    const _: () = ::unjwt::__private::check_login::<
        Access,
    >(::core::option::Option::Some(600u64), true);
    const _: () = ::unjwt::__private::check_bound::<Access>();
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
impl Access {
    /// The configuration of this session: give it to `install`, or `build` it.
    #[must_use]
    fn config(
        key: impl ::unjwt::bounds::SessionKey<::unjwt::JweKey>,
    ) -> ::unjwt::Config<Self> {
        ::unjwt::Config::new(key)
    }
}
