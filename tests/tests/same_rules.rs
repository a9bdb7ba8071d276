//! The configuration refuses at run time, for the same reasons, what the attribute refuses at compile time:
//! each case of `ui-tests/authored` about a value that a deployment sets too is given to the configuration.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use serde::{Deserialize, Serialize};
use unjwt::__private::{CookieSpec, SameSite, Spec};
use unjwt::{ConfigError, JweKey, Session, SessionConfigs};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "sid")]
struct Sid {}

/// Topics that are about the form of the attribute, whatever its values are, or about one that no deployment sets: `bind`.
const OF_FORM: [&str; 3] = ["grammar", "several", "bind"];

/// Cases about a part that no deployment sets, though the setting beside it is one.
const OF_THE_ATTRIBUTE: [&str; 1] = ["cookie/name-only-a-prefix"];

/// A setting of an attribute, with the literals of its value.
#[derive(Debug)]
struct Setting {
    key: String,
    values: Vec<String>,
}

/// The settings of `#[session(..)]`, those in `cookie(..)` among them, and the names of the struct's fields.
fn read(source: &str) -> (Vec<Setting>, Vec<String>) {
    let tokens: Vec<_> = source.parse::<TokenStream>().unwrap().into_iter().collect();
    let mut settings = Vec::new();
    let mut fields = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let inner: Vec<_> = group.stream().into_iter().collect();
        match inner.as_slice() {
            [TokenTree::Ident(session), TokenTree::Group(list)] if session == "session" => {
                settings.append(&mut settings_of(list.stream()));
            }
            _ if at > 1 && matches!(&tokens[at - 2], TokenTree::Ident(word) if word == "struct") => {
                fields.extend(inner.windows(2).filter_map(|pair| match pair {
                    [TokenTree::Ident(name), TokenTree::Punct(colon)] if colon.as_char() == ':' => {
                        Some(name.to_string())
                    }
                    _ => None,
                }));
            }
            _ => {}
        }
    }
    (settings, fields)
}

fn settings_of(list: TokenStream) -> Vec<Setting> {
    let mut settings: Vec<Setting> = Vec::new();
    for token in list {
        match (token, settings.last_mut()) {
            (TokenTree::Punct(_), _) => {}
            (TokenTree::Literal(literal), Some(setting)) => setting.values.push(value(&literal.to_string())),
            (TokenTree::Ident(word), Some(setting)) if word == "true" || word == "false" => {
                setting.values.push(word.to_string());
            }
            (TokenTree::Ident(word), _) => {
                settings.push(Setting { key: word.to_string(), values: Vec::new() });
            }
            (TokenTree::Group(group), Some(setting)) => match strings(group.stream()) {
                Some(mut strings) => setting.values.append(&mut strings),
                None => settings.append(&mut settings_of(group.stream())),
            },
            // Not a setting, since no setting has this name.
            (other, None) => settings.push(Setting { key: other.to_string(), values: Vec::new() }),
        }
    }
    settings
}

/// Literals between commas.
fn strings(list: TokenStream) -> Option<Vec<String>> {
    let values = list.into_iter().filter_map(|token| match token {
        TokenTree::Literal(literal) => Some(Some(value(&literal.to_string()))),
        TokenTree::Punct(comma) if comma.as_char() == ',' => None,
        _ => Some(None),
    });
    values.collect()
}

/// A string without its quotes, or another literal as it is.
fn value(literal: &str) -> String {
    serde_json::from_str(literal).unwrap_or_else(|_| literal.to_owned())
}

/// Returns whether a deployment sets one of these values too, or forbids it by the prefix of the name.
fn is_of_a_deployment(settings: &[Setting]) -> bool {
    settings.iter().any(|Setting { key, values }| match key.as_str() {
        "domain" | "issuer" | "audience" => true,
        "secure" => values == &["false"],
        "name" => values.iter().any(|name| name.starts_with("__")),
        _ => false,
    })
}

/// The message of a process that starts with these values, or why this test cannot ask: those that a deployment
/// sets are set by it, the others are the attribute's.
fn start(settings: &[Setting], fields: &[String]) -> Result<ConfigError, String> {
    let members: Vec<&'static str> = fields.iter().map(|field| &*field.clone().leak()).collect();
    let mut spec = Spec { members: members.leak(), ..Sid::SPEC };
    let mut cookie: CookieSpec = Sid::SPEC.cookie.unwrap();
    let mut config = Sid::config(JweKey::secret([7; 32]));
    for Setting { key, values } in settings {
        let value = values.first().cloned().unwrap_or_else(|| "true".to_owned());
        match key.as_str() {
            "jwe" | "cookie" => {}
            "jws" => cookie.http_only = false,
            "read_only" => spec.read_only = true,
            "name" => spec.name = value.leak(),
            "path" => cookie.path = value.leak(),
            "max_chunks" => cookie.max_chunks = value.parse().unwrap(),
            "http_only" => cookie.http_only = value == "true",
            "partitioned" => cookie.partitioned = value == "true",
            "same_site" if value == "none" => cookie.same_site = Some(SameSite::None),
            "secure" if value == "false" => config = config.insecure_cookies_for_local_http(),
            "domain" => config = config.cookie_domain(value),
            "issuer" => config = config.issuer(value),
            "audience" => config = config.audience(values),
            _ => return Err(format!("`{key} = {values:?}` is not known here")),
        }
    }
    spec.cookie = Some(cookie);
    let built = config.__with_spec(Box::leak(Box::new(spec))).build();
    built.err().ok_or_else(|| "the configuration accepts it".to_owned())
}

/// Returns whether the configuration refuses a case for the reason that the compiler gives; `None` for a case
/// about anything else.
fn compare(source: &str, message: &str) -> Option<Result<(), String>> {
    let (settings, fields) = read(source);
    if !is_of_a_deployment(&settings) {
        return None;
    }
    let why = message.lines().find_map(|line| line.strip_prefix("error: ")).unwrap();
    Some(start(&settings, &fields).and_then(|error| {
        let reason = match &error {
            ConfigError::Cookie { reason, .. } | ConfigError::Policy { reason, .. } => reason,
            other => return Err(format!("refused for another thing: {other}")),
        };
        match reason.strip_prefix(why).and_then(|rest| rest.strip_prefix("; ")) {
            Some(cure) if !cure.is_empty() => Ok(()),
            _ => Err(format!("the compiler says: {why}; the configuration says: {error}")),
        }
    }))
}

/// Returns the cases by topic and name, or none if the tests are packaged without them.
fn cases() -> Vec<(String, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("ui-tests/authored");
    let Ok(topics) = fs::read_dir(&folder) else {
        eprintln!("SKIPPED: the cases are not at {}", folder.display());
        assert!(std::env::var_os("CI").is_none(), "they are required here");
        return Vec::new();
    };
    let files = topics.flat_map(|topic| fs::read_dir(topic.unwrap().path()).unwrap());
    let paths = files.map(|file| file.unwrap().path());
    let sources = paths.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let named = sources.map(|path| {
        let name = path.with_extension("").strip_prefix(&folder).unwrap().to_str().unwrap().to_owned();
        (name, path)
    });
    named.collect()
}

#[test]
fn every_value_that_the_attribute_refuses_is_refused_at_start_up_for_the_same_reason() {
    let cases = cases();
    let (mut compared, mut wrong) = (0, Vec::new());
    for (name, path) in &cases {
        let topic = name.split('/').next().unwrap();
        if OF_FORM.contains(&topic) || OF_THE_ATTRIBUTE.contains(&name.as_str()) {
            continue;
        }
        let source = fs::read_to_string(path).unwrap();
        let message = fs::read_to_string(path.with_extension("stderr")).unwrap();
        match compare(&source, &message) {
            None => {}
            Some(Ok(())) => compared += 1,
            Some(Err(reason)) => wrong.push(format!("{name}: {reason}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 20 || cases.is_empty(), "{compared} cases were compared");
    for excluded in OF_THE_ATTRIBUTE {
        assert!(cases.is_empty() || cases.iter().any(|(name, _)| name == excluded), "no case `{excluded}`");
    }
}

/// The test above sees what it is there for.
#[test]
fn a_case_that_the_configuration_does_not_refuse_alike_is_noticed() {
    let compare = |attribute: &str, why: &str| {
        let source = format!("#[derive(Session)]\n#[session({attribute})]\nstruct Token {{ sub: String }}");
        compare(&source, &format!("error: {why}\n       help: another\n"))
    };
    let shared = "browsers refuse a cookie for all of `com`: unrelated sites share that suffix";
    assert_eq!(compare("jwe, cookie(domain = \"com\")", shared), Some(Ok(())));
    assert_eq!(compare("jwe, max_age = \"7d\"", "a unit"), None);
    for (attribute, why, expected) in [
        ("jwe, cookie(domain = \"app.example\")", shared, "the configuration accepts it"),
        (
            "jwe, cookie(domain = \"com\")",
            "`com` is the whole web",
            "the compiler says: `com` is the whole web",
        ),
        ("jwe, cookie(domain = \"com\", max_age = \"1h\")", shared, "`max_age = [\"1h\"]` is not known here"),
        (
            "jwe, issuer = \"\", typ = \"JWT\"",
            "`issuer` has an empty value",
            "`typ = [\"JWT\"]` is not known here",
        ),
    ] {
        let found = compare(attribute, why).unwrap().unwrap_err();
        assert!(found.contains(expected), "{attribute}: {found}");
    }
}

#[test]
fn a_value_that_would_have_no_effect_is_refused() {
    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, cookie = false)]
    struct HeaderOnly {}

    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, name = "elsewhere", read_only)]
    struct Reader {}

    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, name = "__Host-id")]
    struct OneHost {}

    let key = || JweKey::secret([7; 32]);
    let message = |error: ConfigError| error.to_string();
    assert_eq!(
        message(HeaderOnly::config(key()).cookie_domain("example.com").build().unwrap_err()),
        "HeaderOnly: cookie Domain `example.com`: `cookie(domain)` has no effect with `cookie = false`: there is no \
         cookie; leave `.cookie_domain(..)` out"
    );
    assert_eq!(
        message(Reader::config(key()).cookie_domain("example.com").build().unwrap_err()),
        "Reader: cookie Domain `example.com`: `cookie(domain)` has no effect in a `read_only` session, which sets no \
         cookie; leave `.cookie_domain(..)` out"
    );
    assert_eq!(
        message(HeaderOnly::config(key()).insecure_cookies_for_local_http().build().unwrap_err()),
        "HeaderOnly: cookie Secure `off`: it has no effect with `cookie = false`: there is no cookie; leave \
         `.insecure_cookies_for_local_http()` out"
    );
    // A domain that sessions share means nothing to those that set no cookie for it.
    let all = (
        HeaderOnly::config(key()),
        Reader::config(JweKey::secret([8; 32])),
        OneHost::config(key()),
        Sid::config(key()),
    );
    all.cookie_domain("example.com").build().unwrap();
    let all = (HeaderOnly::config(key()), Sid::config(key()));
    all.insecure_cookies_for_local_http().build().unwrap();
    // It is checked for those that do.
    let refused = (HeaderOnly::config(key()), Sid::config(key())).cookie_domain("vercel.app").build();
    assert!(matches!(refused, Err(ConfigError::Cookie { session, .. }) if session == "Sid"));
}

/// Each of these started once.
#[test]
fn a_deployment_is_told_what_is_wrong_and_what_to_write() {
    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, name = "__Http-sid")]
    struct HttpOnly {}

    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, name = "member")]
    struct Member {
        aud: String,
    }

    let key = || JweKey::secret([7; 32]);
    for (domain, reason) in [
        (
            "vercel.app",
            "browsers refuse a cookie for all of `vercel.app`: unrelated sites share that suffix; write the whole host \
             name, like `example.vercel.app`",
        ),
        (
            "com",
            "browsers refuse a cookie for all of `com`: unrelated sites share that suffix; write the whole host name, \
             like `example.com`",
        ),
        (
            "-bad.example.com",
            "`-bad.example.com` is not a host name; write one like `example.com`, or leave `.cookie_domain(..)` out for \
             the host that answered",
        ),
        (
            "1.2.3",
            "browsers refuse an IP address as a cookie's domain; leave `.cookie_domain(..)` out for the host that \
             answered",
        ),
        (
            ".example.com",
            "the cookie's domain has an extra dot: subdomains are included anyway; write \
             `.cookie_domain(\"example.com\")`",
        ),
    ] {
        let error = Sid::config(key()).cookie_domain(domain).build().unwrap_err();
        assert_eq!(error.to_string(), format!("Sid: cookie Domain `{domain}`: {reason}"));
    }
    for (built, expected) in [
        (
            Sid::config(key()).audience(["a", "a"]).build().map(drop),
            "Sid: audience `a`: `a` appears twice in `audience`; remove one of them",
        ),
        (
            Sid::config(key()).audience([""; 0]).build().map(drop),
            "Sid: audience ``: `audience` has no value; leave `.audience(..)` out if tokens carry none",
        ),
        (
            Member::config(key()).audience(["a"]).build().map(drop),
            "Member: audience `a`: the claim `aud` is already declared by `audience = ..`; remove the field, or leave \
             `.audience(..)` out",
        ),
        (
            HttpOnly::config(key()).insecure_cookies_for_local_http().build().map(drop),
            "HttpOnly: cookie Secure `off`: browsers refuse a cookie whose name begins with `__Http-` without `secure`; \
             leave `.insecure_cookies_for_local_http()` out, or choose another `name`",
        ),
    ] {
        assert_eq!(built.unwrap_err().to_string(), expected);
    }
}
