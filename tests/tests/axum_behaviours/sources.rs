use axum::Router;
use axum::routing::get;
use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderName, Request, StatusCode};
use serde::{Deserialize, Serialize};
use unjwt::{JwsKey, Session, SessionManager};

use super::support::{TestClock, reply};

#[derive(Clone, Debug, Serialize, Deserialize, Session)]
#[session(jws, name = "api", typ = "JWT", max_age = "1h", sources(cookie, header))]
struct CookieFirst {
    sub: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, Session)]
#[session(jws, name = "api", typ = "JWT", max_age = "1h", header = "authorization", sources(header, cookie))]
struct HeaderFirst {
    sub: String,
}

/// The content of one of the two sources.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Brings {
    Nothing,
    Rejected,
    Expired,
    Valid,
}

use Brings::{Expired, Nothing, Rejected, Valid};

struct Case {
    cookie: Brings,
    header: Brings,
    /// The status of the session and its user.
    session: &'static str,
    /// `true` if the response removes the cookie.
    removes: bool,
}

const fn case(cookie: Brings, header: Brings, session: &'static str, removes: bool) -> Case {
    Case { cookie, header, session, removes }
}

/// The cases in which the order of the sources makes no difference.
const EITHER_ORDER: [Case; 14] = [
    case(Nothing, Nothing, "Absent nobody", false),
    case(Nothing, Rejected, "Rejected nobody", false),
    case(Nothing, Expired, "Expired nobody", false),
    case(Nothing, Valid, "Valid header by Header", false),
    case(Rejected, Nothing, "Rejected nobody", false),
    case(Rejected, Rejected, "Rejected nobody", false),
    case(Rejected, Expired, "Expired nobody", false),
    case(Rejected, Valid, "Valid header by Header", false),
    case(Expired, Nothing, "Expired nobody", true),
    case(Expired, Rejected, "Expired nobody", true),
    case(Expired, Valid, "Valid header by Header", false),
    case(Valid, Nothing, "Valid cookie by Cookie", false),
    case(Valid, Rejected, "Valid cookie by Cookie", false),
    case(Valid, Expired, "Valid cookie by Cookie", false),
];

/// The two remaining combinations of the sixteen, in which the first source decides.
const COOKIE_FIRST: [Case; 2] =
    [case(Expired, Expired, "Expired nobody", true), case(Valid, Valid, "Valid cookie by Cookie", false)];
const HEADER_FIRST: [Case; 2] =
    [case(Expired, Expired, "Expired nobody", false), case(Valid, Valid, "Valid header by Header", false)];

macro_rules! four_times_four {
    ($session:ident, $header:expr, $own:ident) => {{
        let clock = TestClock::new();
        let config = || $session::config(JwsKey::secret([7; 32])).clock(clock.read());
        let tokens = config().build().unwrap();
        let router = unjwt::install(config(), |handle| {
            let say = async |manager: SessionManager<$session>| {
                let session = manager.current();
                let session = session.map(|found| format!("{} by {:?}", found.data.sub, found.source));
                format!("{:?} {}", manager.status(), session.as_deref().unwrap_or("nobody"))
            };
            (Router::new().route("/", get(say)).route("/me", get(async |_: $session| ())), handle)
        });
        let router = router.unwrap();

        let sign = async |sub: &str| {
            let token = tokens.sign(&$session { sub: sub.to_owned() }).await.unwrap().token;
            token.as_str().to_owned()
        };
        let expired = [sign("cookie").await, sign("header").await];
        clock.seconds(3600);
        let valid = [sign("cookie").await, sign("header").await];
        let rejected = valid.clone().map(|token| token.replace('.', ".A"));
        let token = |source: usize, brings| match brings {
            Nothing => None,
            Rejected => Some(&rejected[source]),
            Expired => Some(&expired[source]),
            Valid => Some(&valid[source]),
        };

        let mut seen = Vec::new();
        for case in EITHER_ORDER.iter().chain(&$own) {
            for scheme in ["Bearer ", "bEARER  ", ""] {
                let what = format!("cookie {:?}, header {scheme:?} {:?}", case.cookie, case.header);
                let request = |path| {
                    let mut request = Request::get(path);
                    if let Some(token) = token(0, case.cookie) {
                        request = request.header(COOKIE, format!("api={token}"));
                    }
                    if let Some(token) = token(1, case.header) {
                        request = request.header($header, format!("{scheme}{token}"));
                    }
                    request
                };
                let answer = reply(&router, request("/")).await;
                assert_eq!(answer.body, case.session, "{what}");
                let removed = answer.set_cookies().iter().any(|cookie| cookie.removes());
                assert_eq!(removed, case.removes, "{what}");
                assert_eq!(answer.set_cookies().len(), usize::from(case.removes), "{what}");
                let valid = case.session.starts_with("Valid");
                let status = if valid { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
                assert_eq!(reply(&router, request("/me")).await.status, status, "{what}");
            }
            assert!(!seen.contains(&(case.cookie, case.header)), "twice");
            seen.push((case.cookie, case.header));
        }
        assert_eq!(seen.len(), 16);
    }};
}

#[tokio::test]
async fn a_cookie_goes_before_a_header() {
    four_times_four!(CookieFirst, HeaderName::from_static("x-api-session"), COOKIE_FIRST);
}

#[tokio::test]
async fn a_header_goes_before_a_cookie() {
    four_times_four!(HeaderFirst, AUTHORIZATION, HEADER_FIRST);
}

#[tokio::test]
async fn a_header_that_comes_twice_and_white_space_around_a_token_are_read() {
    let config = || HeaderFirst::config(JwsKey::secret([7; 32]));
    let token = config().build().unwrap().sign(&HeaderFirst { sub: "ada".to_owned() }).await.unwrap().token;
    let token = token.as_str();
    let router = unjwt::install(config(), |handle| {
        (Router::new().route("/", get(async |session: HeaderFirst| session.sub)), handle)
    });
    let router = router.unwrap();
    for values in [
        vec![format!("Bearer\t{token}")],
        vec![format!("  Bearer   {token}  ")],
        vec!["Basic YTpi".to_owned(), format!("Bearer {token}")],
        vec![format!("Bearer {token}"), "Basic YTpi".to_owned()],
        vec!["Bearer a.b.c".to_owned(), format!("bearer {token}")],
    ] {
        let request =
            values.iter().fold(Request::get("/"), |request, value| request.header("Authorization", value));
        assert_eq!(reply(&router, request).await.body, "ada", "{}", values.len());
    }
    for value in [
        format!("Bearer{token}"),
        format!("Bearer: {token}"),
        format!("Bearer {token}, Basic YTpi"),
        format!("Bearer \"{token}\""),
        format!("Bearer token={token}"),
        format!("Bearer Bearer {token}"),
        format!("Token {token}"),
        format!("DPoP {token}"),
    ] {
        let scheme = value.split(token).next().unwrap().to_owned();
        let request = Request::get("/").header(AUTHORIZATION, value);
        assert_eq!(reply(&router, request).await.status, StatusCode::UNAUTHORIZED, "{scheme}");
    }
    for other in ["x-api-session", "proxy-authorization"] {
        let request = Request::get("/").header(other, format!("Bearer {token}"));
        assert_eq!(reply(&router, request).await.status, StatusCode::UNAUTHORIZED, "{other}");
    }
}

#[tokio::test]
async fn a_source_full_of_refused_tokens_hides_no_session_in_the_other() {
    macro_rules! ask {
        ($session:ident, $header:expr) => {{
            let config = || $session::config(JwsKey::secret([7; 32]));
            let tokens = config().build().unwrap();
            let token = tokens.sign(&$session { sub: "ada".to_owned() }).await.unwrap().token;
            let router = unjwt::install(config(), |handle| {
                (Router::new().route("/", get(async |session: $session| session.sub)), handle)
            });
            let bad = |number: u32| format!("a.b.c{number}");
            for flood in [0, 3, 4, 5, 100] {
                let mut by_header = Request::get("/").header($header, format!("Bearer {}", token.as_str()));
                let mut by_cookie = Request::get("/").header(COOKIE, format!("api={}", token.as_str()));
                for number in 0..flood {
                    by_header = by_header.header(COOKIE, format!("api={}", bad(number)));
                    by_cookie = by_cookie.header($header, bad(number));
                }
                for request in [by_header, by_cookie] {
                    assert_eq!(reply(router.as_ref().unwrap(), request).await.body, "ada", "{flood}");
                }
            }
        }};
    }
    ask!(CookieFirst, "x-api-session");
    ask!(HeaderFirst, AUTHORIZATION);
}
