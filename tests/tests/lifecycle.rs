//! A session within one request, without hooks and without a router.

mod support;

use std::time::Duration;

use http::HeaderMap;
use serde::{Deserialize, Serialize};
use support::{Browser, START, TestClock, json_segment, set_cookies};
use unjwt::{ErrorKind, JweKey, JwsKey, NumericDate, RequestContext, Session, Source, Status, Tokens};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "sid", max_age = "1h")]
struct Visit {
    sub: String,
    count: u32,
    theme: Option<String>,
}

fn visit() -> Visit {
    Visit { sub: "ada".to_owned(), count: 1, theme: None }
}

fn sessions(clock: &TestClock) -> Tokens<Visit> {
    Visit::config(JweKey::secret([7; 32])).clock(clock.read()).build().unwrap()
}

fn finish(context: &RequestContext) -> HeaderMap {
    let mut headers = HeaderMap::new();
    context.finish(&mut headers);
    headers
}

#[tokio::test]
async fn a_visitor_without_a_session_gets_none_by_asking() {
    let sessions = sessions(&TestClock::new());
    let context = RequestContext::new(&HeaderMap::new());
    let manager = sessions.manager(&context).await.unwrap();
    assert!(manager.current().is_none());
    assert_eq!(manager.status(), Status::Absent);
    assert!(manager.token().is_none());
    assert!(set_cookies(&finish(&context)).is_empty());
}

#[tokio::test]
async fn the_first_write_begins_a_session_and_the_next_request_reads_it() {
    let clock = TestClock::new();
    let sessions = sessions(&clock);
    let mut browser = Browser::default();
    let context = RequestContext::new(&browser.request_headers());
    let written = sessions.replace(&context, visit()).await.unwrap();
    assert_eq!(written.source, Source::New);
    browser.take(&finish(&context));

    clock.seconds(60);
    let context = RequestContext::new(&browser.request_headers());
    let read = sessions.get(&context).await.unwrap().unwrap();
    assert_eq!(*read.data, visit());
    assert_eq!((&read.id, &read.token), (&written.id, &written.token));
    assert_eq!(read.source, Source::Cookie);
    assert_eq!(read.created_at, NumericDate::from_secs(START));
    assert_eq!(read.expires_at, NumericDate::from_secs(START + 3600));
    assert!(set_cookies(&finish(&context)).is_empty(), "reading a valid session writes nothing");
}

#[tokio::test]
async fn every_extraction_of_a_request_sees_one_state() {
    let sessions = sessions(&TestClock::new());
    let context = RequestContext::new(&HeaderMap::new());
    let (one, two) = (sessions.manager(&context).await.unwrap(), sessions.manager(&context).await.unwrap());
    one.replace(visit()).await.unwrap();
    assert_eq!(two.current().unwrap().data.count, 1);
    two.clone().update_with(|visit| visit.count = 9).await.unwrap();
    assert_eq!(one.current().unwrap().data.count, 9);
    two.clear().await.unwrap();
    assert!(one.current().is_none());
    assert_eq!(one.status(), Status::Cleared);
}

#[tokio::test]
async fn an_update_merges_and_makes_a_new_token() {
    let clock = TestClock::new();
    let sessions = sessions(&clock);
    let context = RequestContext::new(&HeaderMap::new());
    let first = sessions.replace(&context, visit()).await.unwrap();
    clock.seconds(10);
    let patch = VisitPatch { theme: Some(Some("dark".to_owned())), ..VisitPatch::default() };
    let second = sessions.update(&context, patch).await.unwrap();
    assert_eq!(*second.data, Visit { theme: Some("dark".to_owned()), ..visit() });
    assert_ne!(first.id, second.id);
    assert_eq!(second.created_at, NumericDate::from_secs(START + 10));
    assert_eq!(second.expires_at, NumericDate::from_secs(START + 3610));
    assert_eq!(*first.data, visit(), "a snapshot stays what it was");
}

#[tokio::test]
async fn an_update_of_nothing_names_the_field_that_is_missing() {
    let sessions = sessions(&TestClock::new());
    let context = RequestContext::new(&HeaderMap::new());
    let error =
        sessions.update(&context, VisitPatch { count: Some(3), ..VisitPatch::default() }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingField);
    assert!(error.to_string().contains("sub"), "{error}");

    let whole = VisitPatch { sub: Some("ada".to_owned()), count: Some(1), theme: None };
    assert_eq!(*sessions.update(&context, whole).await.unwrap().data, visit());
}

#[tokio::test]
async fn rotate_changes_the_token_and_not_the_data() {
    let clock = TestClock::new();
    let sessions = sessions(&clock);
    let context = RequestContext::new(&HeaderMap::new());
    let manager = sessions.manager(&context).await.unwrap();
    assert_eq!(manager.rotate().await.unwrap_err().kind(), ErrorKind::NoSession);
    assert_eq!(manager.update_with(|_| ()).await.unwrap_err().kind(), ErrorKind::NoSession);
    let first = manager.replace(visit()).await.unwrap();
    clock.seconds(5);
    let second = manager.rotate().await.unwrap();
    assert_eq!(first.data, second.data);
    assert_ne!(first.id, second.id);
    assert_ne!(first.token, second.token);
    assert_eq!(second.expires_at, NumericDate::from_secs(START + 3605));
}

#[tokio::test]
async fn a_cleared_session_does_not_come_back_in_its_request() {
    let sessions = sessions(&TestClock::new());
    let mut browser = Browser::with(&sessions.cookie_header(&visit()).unwrap());
    let context = RequestContext::new(&browser.request_headers());
    sessions.clear(&context).await.unwrap();
    assert!(sessions.get(&context).await.unwrap().is_none());
    let manager = sessions.manager(&context).await.unwrap();
    assert_eq!(manager.status(), Status::Cleared);
    assert_eq!(manager.rotate().await.unwrap_err().kind(), ErrorKind::NoSession);
    let error = manager.update(VisitPatch { count: Some(2), ..VisitPatch::default() }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingField, "no field of the ended session is left");

    let lines = set_cookies(&finish(&context));
    assert_eq!(lines.len(), 1);
    assert!(lines[0].removes() && lines[0].value.is_empty(), "{lines:?}");
    browser.take(&{
        let mut headers = HeaderMap::new();
        headers.append(http::header::SET_COOKIE, lines[0].line.parse().unwrap());
        headers
    });
    assert!(browser.cookies.is_empty());
}

#[tokio::test]
async fn a_new_session_may_begin_after_a_clear() {
    let sessions = sessions(&TestClock::new());
    let browser = Browser::with(&sessions.cookie_header(&visit()).unwrap());
    let context = RequestContext::new(&browser.request_headers());
    sessions.clear(&context).await.unwrap();
    sessions.replace(&context, Visit { sub: "bob".to_owned(), ..visit() }).await.unwrap();
    let lines = set_cookies(&finish(&context));
    assert_eq!(lines.len(), 1);
    assert!(!lines[0].removes());
}

#[tokio::test]
async fn a_write_after_the_response_head_is_an_error() {
    let sessions = sessions(&TestClock::new());
    let context = RequestContext::new(&HeaderMap::new());
    let manager = sessions.manager(&context).await.unwrap();
    manager.replace(visit()).await.unwrap();
    finish(&context);
    for error in [
        manager.replace(visit()).await.unwrap_err(),
        manager.rotate().await.unwrap_err(),
        manager.update_with(|visit| visit.count = 7).await.unwrap_err(),
        manager.clear().await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::ResponseSent);
    }
    assert_eq!(manager.current().unwrap().data.count, 1, "and changes nothing");
}

#[tokio::test]
async fn a_failed_write_leaves_everything_as_it_was() {
    let sessions = sessions(&TestClock::new());
    let context = RequestContext::new(&HeaderMap::new());
    let before = sessions.replace(&context, visit()).await.unwrap();
    let huge = "x".repeat(20_000);
    let error = sessions
        .manager(&context)
        .await
        .unwrap()
        .update_with(|visit| visit.theme = Some(huge))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    let after = sessions.get(&context).await.unwrap().unwrap();
    assert_eq!((after.id, after.token, after.data), (before.id, before.token.clone(), before.data));
    let lines = set_cookies(&finish(&context));
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].value, before.token.as_str());
}

#[tokio::test]
async fn writes_of_one_request_happen_one_after_the_other() {
    let sessions = sessions(&TestClock::new());
    let context = RequestContext::new(&HeaderMap::new());
    sessions.replace(&context, Visit { count: 0, ..visit() }).await.unwrap();
    let manager = sessions.manager(&context).await.unwrap();
    let writes: Vec<_> = (0..50)
        .map(|_| {
            let manager = manager.clone();
            tokio::spawn(async move { manager.update_with(|visit| visit.count += 1).await.map(drop) })
        })
        .collect();
    for write in writes {
        write.await.unwrap().unwrap();
    }
    assert_eq!(manager.current().unwrap().data.count, 50);
}

#[tokio::test]
async fn an_expiry_during_the_request_counts_at_once() {
    let clock = TestClock::new();
    let sessions = sessions(&clock);
    let browser = Browser::with(&sessions.cookie_header(&visit()).unwrap());
    let context = RequestContext::new(&browser.request_headers());
    let manager = sessions.manager(&context).await.unwrap();
    clock.advance(Duration::from_millis(3_599_999));
    assert!(manager.current().is_some(), "the last millisecond belongs to the session");
    clock.advance(Duration::from_millis(1));
    assert!(manager.current().is_none());
    assert_eq!(manager.status(), Status::Expired);
    assert_eq!(manager.rotate().await.unwrap_err().kind(), ErrorKind::NoSession);
    let error = manager.update(VisitPatch { count: Some(2), ..VisitPatch::default() }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingField, "an expired session is not renewed by an update");
}

#[tokio::test]
async fn an_expired_cookie_is_removed_and_a_rejected_one_is_not() {
    let clock = TestClock::new();
    let sessions = sessions(&clock);
    let browser = Browser::with(&sessions.cookie_header(&visit()).unwrap());
    clock.seconds(3600);
    let context = RequestContext::new(&browser.request_headers());
    assert_eq!(sessions.manager(&context).await.unwrap().status(), Status::Expired);
    let lines = set_cookies(&finish(&context));
    assert_eq!(lines.len(), 1);
    assert!(lines[0].removes());

    let other_key = Visit::config(JweKey::secret([8; 32])).clock(clock.read()).build().unwrap();
    let stranger = Browser::with(&other_key.cookie_header(&visit()).unwrap());
    let context = RequestContext::new(&stranger.request_headers());
    assert_eq!(sessions.manager(&context).await.unwrap().status(), Status::Rejected);
    assert!(set_cookies(&finish(&context)).is_empty(), "a key rollout must not log everybody out");
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "hs", max_age = "1h", extend = "rotate")]
struct Fixed {
    count: u32,
}

#[tokio::test]
async fn with_extend_rotate_only_a_rotation_moves_the_end() {
    let clock = TestClock::new();
    let sessions = Fixed::config(JwsKey::secret([3; 32])).clock(clock.read()).build().unwrap();
    let context = RequestContext::new(&HeaderMap::new());
    let first = sessions.replace(&context, Fixed { count: 1 }).await.unwrap();
    clock.seconds(100);
    let updated = sessions.update(&context, FixedPatch { count: Some(2) }).await.unwrap();
    assert_eq!(
        (&updated.id, updated.created_at, updated.expires_at),
        (&first.id, first.created_at, first.expires_at)
    );
    assert_ne!(updated.token, first.token);
    let rotated = sessions.manager(&context).await.unwrap().rotate().await.unwrap();
    assert_ne!(rotated.id, first.id);
    assert_eq!(rotated.expires_at, NumericDate::from_secs(START + 3700));
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "forever")]
struct Forever {
    count: u32,
}

#[tokio::test]
async fn without_max_age_there_is_no_end_unless_the_token_names_one() {
    let clock = TestClock::new();
    let sessions = Forever::config(JwsKey::secret([3; 32])).clock(clock.read()).build().unwrap();
    let context = RequestContext::new(&HeaderMap::new());
    let current = sessions.replace(&context, Forever { count: 1 }).await.unwrap();
    assert_eq!(current.expires_at, None);
    assert!(json_segment(&current.token, 1).get("exp").is_none());
    let lines = set_cookies(&finish(&context));
    assert!(!lines[0].attributes.contains_key("max-age") && !lines[0].attributes.contains_key("expires"));
}

#[tokio::test]
async fn tokens_that_are_no_session_of_a_request() {
    let clock = TestClock::new();
    let sessions = sessions(&clock);
    let (one, two) =
        (sessions.seal(&visit()).await.unwrap().token, sessions.seal(&visit()).await.unwrap().token);
    assert_ne!(one, two);
    let read = sessions.unseal_without_hooks(&one).await.unwrap();
    assert_eq!(*read.data, visit());
    assert_eq!(read.source, Source::External);
    assert!(!read.id.is_empty());
    clock.seconds(3600);
    assert_eq!(sessions.unseal_without_hooks(&one).await.unwrap_err().kind(), ErrorKind::Expired);
    assert!(!format!("{one:?} {read:?} {sessions:?}").contains(one.as_str()), "no token in `Debug`");
}
