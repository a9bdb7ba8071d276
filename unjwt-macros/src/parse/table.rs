//! The settings of the attribute: where each stands, how it is written, and the field that it fills.
//!
//! A field that nothing reads does not compile. So a new setting is a row here, and what the compiler asks
//! for.

use proc_macro2::Ident;
use syn::{Lit, LitBool, LitStr, Path, Type, TypePath};

use super::cookie::CookieSetting;
use super::elsewhere::ElsewhereSetting;
use super::entry::Entry;
use super::hooks::{Hook, HooksSetting, hook, lookup};
use super::max_logins::MaxLogins;
use super::outage::Outage;
use super::protection::Protections;
use super::renewal::{CookieAge, RenewAfter};
use super::revocable::RevocableSetting;
use super::rotation::{Missing, RotationSetting};
use super::{bind, fields, keys, level, list, max_logins, outage, renewal, rotation, value, version};
use crate::errors::Errors;

level::levels! {
    /// `#[session(..)]` of a struct as it is written.
    Struct "#[session(..)]" SessionAttr {
        "jwe" is "jwe(alg = \"dir\")", "jws" is "jws(alg = \"RS256\")" => protections: Protections;
        "read_only" is "read_only" => read_only: () = value::flag;
        "issued_elsewhere" is "issued_elsewhere" => issued_elsewhere: ElsewhereSetting;
        "name" is "name = \"sid\"" => name: LitStr = value::string;
        "max_age" is "max_age = \"15m\"" => max_age: (u64, Lit) = value::duration;
        "absolute" is "absolute = \"30D\"" => absolute: (u64, Lit) = value::duration;
        "revocable" is "revocable(by(user))" => revocable: RevocableSetting;
        "login" is "login = RefreshToken" => login: TypePath = renewal::login;
        "rotation" is "rotation" => rotation: RotationSetting;
        "renew_after" is "renew_after = \"half\"" => renew_after: (RenewAfter, Lit) = renewal::renew_after;
        "extend" is "extend = \"rotate\"" => extend: LitStr = value::string;
        "version" is "version = 2" => version: (usize, Lit) = value::number;
        "migrate" is "migrate(LoginV1)" => migrate: Vec<Type> = version::structs;
        "readable_by" is "readable_by = 1" => readable_by: (usize, Lit) = value::number;
        "cookie" is "cookie = false" => cookie: CookieSetting;
        "header" is "header = \"x-sid\"" => header: Lit = value::string_or_boolean;
        "sources" is "sources(cookie, header)" => sources: Vec<Ident> = list::words;
        "typ" is "typ = \"JWT\"" => typ: LitStr = value::string;
        "issuer" is "issuer = \"https://id.example\"" => issuer: LitStr = value::string;
        "audience" is "audience = \"https://api.example\"" => audience: Vec<LitStr> = list::strings;
        "subject" is "subject = \"login\"" => subject: LitStr = value::string;
        "clock_tolerance" is "clock_tolerance = \"30s\"" => clock_tolerance: (u64, Lit) = value::duration;
        "required_claims" is "required_claims(\"sub\")" => required_claims: Vec<LitStr> = list::strings;
        "id" is "id = path::to::function" => id: syn::ExprPath = value::path;
        "bind" is "bind = \"dbsc\"" => bind: LitStr = bind::read;
        "csrf" is "csrf = \"off\"" => csrf: () = value::csrf;
        "hooks" is "hooks(renew = path::to::function)" => hooks: HooksSetting;
        "state" is "state = Arc<App>" => state: Type = value::ty;
        "extract" is "extract = false" => extract: LitBool = value::boolean;
        "crate" is "crate = ::path::to::unjwt" => krate: Path = value::crate_path;
    }

    /// The settings of `issued_elsewhere`.
    Elsewhere "issued_elsewhere(..)" ElsewhereSettings {
        "typ" is "typ = \"JWT\"" => typ: Vec<LitStr> = list::strings;
        "untyped" is "untyped" => untyped: () = value::flag;
        "audience_claim" is "audience_claim = \"client_id\"" => audience_claim: LitStr = value::string;
    }

    /// The algorithms of an encrypted session.
    Jwe "jwe(..)" JweSettings {
        "alg" is "alg = \"..\"" => alg: LitStr = value::string;
        "enc" is "enc = \"A256GCM\"" => enc: LitStr = value::string;
    }

    /// The algorithm of a signed session.
    Jws "jws(..)" JwsSettings {
        "alg" is "alg = \"..\"" => alg: LitStr = value::string;
    }

    /// The attributes of the cookie.
    Cookie "cookie(..)" CookieSettings {
        "path" is "path = \"/\"" => path: LitStr = value::string;
        "domain" is "domain = \"example.com\"" => domain: LitStr = value::string;
        "secure" is "secure = true" => secure: LitBool = value::boolean;
        "http_only" is "http_only = true" => http_only: LitBool = value::boolean;
        "same_site" is "same_site = \"lax\"" => same_site: LitStr = value::string;
        "partitioned" is "partitioned = true" => partitioned: LitBool = value::boolean;
        "max_age" is "max_age = \"15m\"" => max_age: (CookieAge, Lit) = renewal::cookie_age;
        "chunk_max_length" is "chunk_max_length = 4000" => chunk_max_length: (usize, Lit) = value::number;
        "max_chunks" is "max_chunks = 3" => max_chunks: (usize, Lit) = value::number;
    }

    /// The settings of `revocable`.
    Revocable "revocable(..)" RevocableSettings {
        "by" is "by(user)" => by: Vec<Ident> = fields::names;
        "recheck" is "recheck = \"10s\"" => recheck: (u64, Lit) = value::duration;
        "outage" is "outage = \"serve(15m)\"" => outage: (Outage, LitStr) = outage::read;
        "max_logins" is "max_logins(5, \"end_oldest\")" => max_logins: MaxLogins = max_logins::read;
    }

    /// The settings of `rotation`.
    Rotation "rotation(..)" RotationSettings {
        "window" is "window = \"30s\"" => window: (u64, Lit) = value::duration;
        "missing" is "missing = \"adopt\"" => missing: (Missing, LitStr) = rotation::missing;
    }

    /// The functions of the service, each with the event of `unjwt::hooks` that it receives.
    Hooks "hooks(..)" HookSettings {
        "on_read" is "on_read = path::to::function" => on_read: Hook = hook("Read");
        "on_update" is "on_update = path::to::function" => on_update: Hook = hook("Update");
        "on_clear" is "on_clear = path::to::function" => on_clear: Hook = hook("Clear");
        "on_expire" is "on_expire = path::to::function" => on_expire: Hook = hook("Expire");
        "on_error" is "on_error = path::to::function" => on_error: Hook = hook("Failure");
        "on_reuse" is "on_reuse = path::to::function" => on_reuse: Hook = hook("Reuse");
        "renew" is "renew = path::to::function" => renew: Hook = hook("Renew");
        "key_lookup" is "key_lookup = path::to::function" => key_lookup: Hook = lookup("KeyLookup");
    }

    /// `#[session(..)]` of a field.
    Field "#[session(..)]" FieldAttr {
        "confidential" is "confidential" => confidential: () = value::flag;
    }
}
