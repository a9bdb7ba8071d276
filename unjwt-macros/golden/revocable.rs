#[session(
    jwe,
    max_age = "7D",
    absolute = "30D",
    revocable(
        by(user, r#type),
        recheck = "5s",
        outage = "serve(15m)",
        max_logins(5, "refuse")
    ),
    cookie = false,
    extract = false,
)]
pub(crate) struct Login {
    user: UserId,
    #[serde(rename = "kind")]
    r#type: Option<String>,
}

///Changes of a `Login`: what is `None` stays as it is.
#[allow(
    deprecated,
    dead_code,
    non_camel_case_types,
    non_snake_case,
    clippy::all,
    clippy::pedantic,
    clippy::nursery
)]
pub(crate) struct LoginPatch {
    ///The new `user`; `None` keeps the present one.
    user: ::core::option::Option<UserId>,
    ///The new `type`; `None` keeps the present one.
    r#type: ::core::option::Option<Option<String>>,
}
#[automatically_derived]
#[allow(deprecated)]
impl ::core::default::Default for LoginPatch {
    fn default() -> Self {
        Self {
            user: ::core::option::Option::None,
            r#type: ::core::option::Option::None,
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
    impl ::unjwt::Session for Login {
        type Key = ::unjwt::JweKey;
        type Provenance = ::unjwt::__private::IssuedHere;
        type Lifetime = ::unjwt::__private::Limited;
        type State = ::unjwt::bounds::NoState;
        type Patch = LoginPatch;
        type OwnSignIn = ::unjwt::__private::Ending;
        type Login = ::unjwt::__private::NoLogin;
        const SPEC: ::unjwt::__private::Spec = ::unjwt::__private::Spec {
            type_name: "Login",
            name: "login",
            typ: "login+jwt",
            protection: ::unjwt::__private::Protection::Jwe {
                alg: ::core::option::Option::None,
                enc: ::core::option::Option::None,
            },
            read_only: false,
            elsewhere: ::core::option::Option::None,
            max_age: ::core::option::Option::Some(604800u64),
            absolute: ::core::option::Option::Some(2592000u64),
            revocable: ::core::option::Option::Some(::unjwt::__private::RevocableSpec {
                recheck: 5u64,
                serve: ::core::option::Option::Some(900u64),
                groups: &["user", "kind"],
                max_logins: ::core::option::Option::Some((
                    5u8,
                    ::unjwt::__private::LoginLimit::Refuse,
                )),
                rotation: ::core::option::Option::None,
            }),
            login: ::core::option::Option::None,
            renew_after: ::core::option::Option::None,
            extend: ::unjwt::__private::Extend::Update,
            version: ::core::option::Option::None,
            cookie: ::core::option::Option::None,
            header: ::core::option::Option::Some("x-login-session"),
            sources: &[::unjwt::__private::TokenSource::Header],
            policy: ::unjwt::__private::PolicySpec {
                issuer: ::core::option::Option::None,
                audience: &[],
                subject: ::core::option::Option::None,
                clock_tolerance: 0u64,
                required_claims: &[],
            },
            mapping: ::unjwt::__private::ClaimMapping::Direct,
            fresh_members: false,
            members: &["user", "kind"],
            csrf: true,
            bound: false,
            symmetric: {
                use ::unjwt::__private::Unproven as _;
                true && ::unjwt::__private::Type::<UserId>::SYMMETRIC
                    && ::unjwt::__private::Type::<Option<String>>::SYMMETRIC
            },
            layout: &[
                (::core::mem::offset_of!(Self, user), ::core::mem::size_of::<UserId>()),
                (
                    ::core::mem::offset_of!(Self, r#type),
                    ::core::mem::size_of::<Option<String>>(),
                ),
            ],
        };
        fn __merge(
            __current: ::core::option::Option<&Self>,
            __patch: LoginPatch,
        ) -> ::unjwt::__private::Merged<Self> {
            match __current {
                ::core::option::Option::Some(__current) => {
                    let mut __data = ::unjwt::__private::copy_session(__current);
                    ::unjwt::__private::overwrite::<
                        UserId,
                    >(&mut __data.user, __patch.user);
                    ::unjwt::__private::overwrite::<
                        Option<String>,
                    >(&mut __data.r#type, __patch.r#type);
                    ::core::result::Result::Ok(__data)
                }
                ::core::option::Option::None => {
                    ::core::result::Result::Ok(Self {
                        user: ::unjwt::__private::required::<
                            UserId,
                        >(__patch.user, "user")?,
                        r#type: match __patch.r#type {
                            ::core::option::Option::Some(__value) => __value,
                            ::core::option::Option::None => ::core::option::Option::None,
                        },
                    })
                }
            }
        }
        fn __add_login_groups(&self, __groups: &mut ::unjwt::__private::Groups) {
            ::unjwt::bounds::GroupField::__add_to(&self.user, __groups);
            ::unjwt::bounds::GroupField::__add_to(&self.r#type, __groups);
        }
    }
    #[automatically_derived]
    impl ::unjwt::bounds::Encrypted for Login {}
    #[automatically_derived]
    impl ::unjwt::bounds::Writable for Login {}
    #[automatically_derived]
    impl ::unjwt::bounds::ListsLogins for Login {}
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
impl Login {
    /// The configuration of this session: give it to `install`, or `build` it.
    #[must_use]
    pub(crate) fn config(
        key: impl ::unjwt::bounds::SessionKey<::unjwt::JweKey>,
    ) -> ::unjwt::Config<Self, ::unjwt::bounds::NoStore> {
        ::unjwt::Config::new(key)
    }
    ///All logins whose `user` has this value, to end or to list them together.
    #[must_use]
    pub(crate) fn by_user<__Q>(user: &__Q) -> ::unjwt::LoginGroup<Self>
    where
        __Q: ::unjwt::bounds::FieldValue<UserId> + ?::core::marker::Sized,
    {
        ::unjwt::__private::login_group(0usize, user)
    }
    ///All logins whose `type` has this value, to end or to list them together.
    #[must_use]
    pub(crate) fn by_type<__Q>(r#type: &__Q) -> ::unjwt::LoginGroup<Self>
    where
        __Q: ::unjwt::bounds::FieldValue<String> + ?::core::marker::Sized,
    {
        ::unjwt::__private::login_group(1usize, r#type)
    }
}
