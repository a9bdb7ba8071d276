use std::any::Any;

use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};

use super::*;
use crate::claims::Choice;
use crate::clock::NumericDate;
use crate::request::wait_graph::SlotId;
use crate::session::current::{CompactToken, Source};
use crate::session::tokens::Tokens;
use crate::session::{IssuedHere, NoLogin, NoSignIn, NoState, SessionType, Unlimited};
use crate::spec::Spec;

#[derive(Clone, Serialize, Deserialize)]
struct Visit;

impl SessionType for Visit {
    type Provenance = IssuedHere;
    type Key = crate::JweKey;
    type Lifetime = Unlimited;
    type State = NoState;
    type SignIn = NoSignIn;
    type Login = NoLogin;

    const LOOKS_KEYS_UP: bool = false;
    const SPEC: Spec = Spec::BARE;

    fn __call_id_function() -> Arc<str> {
        Arc::default()
    }

    fn __leave(_: &Tokens<Self>, _: &dyn Any) {}
}

fn session(id: &str) -> Current<Visit> {
    Current {
        id: id.into(),
        created_at: NumericDate::from_secs(0),
        issuer: None,
        expires_at: None,
        data: Visit.into(),
        token: CompactToken::new(id),
        source: Source::New,
        choice: Choice::default(),
        sign_in: Default::default(),
        version: 1,
        is_checked: true,
    }
}

fn line(text: &'static str) -> Vec<HeaderValue> {
    vec![HeaderValue::from_static(text)]
}

const READING: NodeId = NodeId(1);
const HOOK: NodeId = NodeId(2);
const OTHER: NodeId = NodeId(3);

fn hook() -> Origin {
    Origin::HANDLER.inside(READING).inside(HOOK)
}

/// Returns a viewer, while no reading is under way.
fn viewer(origin: &Origin) -> Viewer<'_> {
    static WAITS: LazyLock<WaitGraph> = LazyLock::new(WaitGraph::default);
    Viewer { origin, within: origin, waits: &WAITS }
}

fn seen(state: &State<Visit>, origin: &Origin) -> Option<String> {
    state.current(&viewer(origin)).map(|current| current.id.to_string())
}

fn status(state: &State<Visit>, origin: &Origin) -> Status {
    state.status(&viewer(origin))
}

/// Returns a state whose reading runs its hook for `found`.
fn in_hook() -> State<Visit> {
    let mut state = State::unread(false);
    assert_eq!(state.ask(&Origin::HANDLER), Ask::Read);
    state.begin_reading(READING);
    state.begin_hook(HOOK, Base::valid(session("found")));
    state
}

/// Returns the id of a write's `on_update`.
fn hook_of(id: &str) -> NodeId {
    NodeId(100 + id.bytes().map(u64::from).sum::<u64>())
}

fn write(state: &mut State<Visit>, origin: &Origin, id: &'static str, confirmed: bool) -> Result<u64, Error> {
    let ticket = state.begin(origin)?;
    state.put(ticket, session(id), Some(line(id)), (!confirmed).then(|| hook_of(id)))
}

#[test]
fn only_the_hook_of_a_reading_sees_its_session() {
    let mut state = in_hook();
    let nested = hook().inside(OTHER);
    let stranger = Origin::HANDLER.inside(OTHER);
    assert_eq!(seen(&state, &hook()).as_deref(), Some("found"));
    for origin in [Origin::HANDLER, Origin::HANDLER.inside(READING), nested.clone(), stranger.clone()] {
        assert_eq!((seen(&state, &origin), status(&state, &origin)), (None, Status::Absent));
    }
    assert_eq!(state.ask(&hook()), Ask::Look);
    assert_eq!([state.ask(&nested), state.ask(&stranger)], [Ask::Pass, Ask::Wait]);
    state.end_hook();
    assert_eq!(seen(&state, &hook()), None, "between two hooks there is nothing to see");
    state.end_reading(Base::valid(session("found")));
    assert_eq!(seen(&state, &Origin::HANDLER).as_deref(), Some("found"));
}

#[test]
fn a_refusal_undoes_what_was_written_before_it_and_refuses_what_the_hook_writes_after_it() {
    let mut state = in_hook();
    let before = state.begin(&Origin::HANDLER.inside(OTHER)).unwrap();
    let unconfirmed = write(&mut state, &hook(), "written", false).unwrap();
    state.withdraw(HOOK, Status::Rejected, VOID);
    assert_eq!((seen(&state, &hook()), status(&state, &hook())), (None, Status::Rejected));
    assert_eq!(state.confirm(unconfirmed).unwrap_err().kind(), ErrorKind::Refused);
    assert_eq!(
        state.put(before, session("late"), Some(line("late")), None).unwrap_err().kind(),
        ErrorKind::Refused
    );
    assert_eq!(write(&mut state, &hook(), "later", true).unwrap_err().kind(), ErrorKind::Refused);
    state.void_hook(HOOK);
    state.end_reading(Base::without(Status::Rejected, Some(VOID)));
    assert_eq!(write(&mut state, &hook(), "after", true).unwrap_err().kind(), ErrorKind::Refused);
    assert!(write(&mut state, &Origin::HANDLER, "login", true).is_ok());
    assert_eq!(state.close(&[]), line("login"));
}

#[test]
fn only_the_hook_that_runs_can_refuse() {
    let mut state = in_hook();
    state.withdraw(OTHER, Status::Rejected, VOID);
    assert!(seen(&state, &hook()).is_some());
    state.end_reading(Base::valid(session("found")));
    state.withdraw(HOOK, Status::Rejected, VOID);
    assert_eq!(seen(&state, &Origin::HANDLER).as_deref(), Some("found"));
}

#[test]
fn a_failed_reading_leaves_its_removal_and_nothing_else() {
    let mut state = in_hook();
    write(&mut state, &hook().inside(OTHER), "written", true).unwrap();
    state.fail_reading(READING);
    assert_eq!(state.ask(&Origin::HANDLER), Ask::Read);
    assert_eq!(state.close(&[]), Vec::<HeaderValue>::new());

    let mut state = in_hook();
    state.clear(&hook(), Some(line("removed"))).unwrap();
    write(&mut state, &hook(), "written", true).unwrap();
    state.fail_reading(READING);
    assert_eq!((state.ask(&Origin::HANDLER), status(&state, &Origin::HANDLER)), (Ask::Look, Status::Cleared));
    assert_eq!(state.close(&[]), line("removed"));
}

#[test]
fn a_logout_beside_a_reading_is_the_last_word_of_it() {
    let mut state = in_hook();
    state.clear(&Origin::HANDLER, Some(line("removed"))).unwrap();
    assert_eq!(write(&mut state, &hook(), "renewed", true).unwrap_err().kind(), ErrorKind::Refused);
    state.end_reading(Base::valid(session("found")));
    assert_eq!(status(&state, &Origin::HANDLER), Status::Cleared);
    assert_eq!(state.close(&[]), line("removed"));
}

#[test]
fn only_confirmed_writes_are_sent_and_the_others_learn_it() {
    let mut state = State::read(Base::valid(session("found")), Vec::new(), false);
    write(&mut state, &Origin::HANDLER, "sent", true).unwrap();
    let late = write(&mut state, &Origin::HANDLER, "late", false).unwrap();
    assert_eq!(seen(&state, &Origin::HANDLER).as_deref(), Some("sent"));
    assert_eq!(state.close(&[]), line("sent"));
    assert_eq!(state.confirm(late).unwrap_err().kind(), ErrorKind::ResponseSent);
    assert_eq!(state.begin(&Origin::HANDLER).map(|_| ()).unwrap_err().kind(), ErrorKind::ResponseSent);
    assert_eq!(state.clear(&Origin::HANDLER, Some(line("x"))).unwrap_err().kind(), ErrorKind::ResponseSent);
}

#[test]
fn a_write_that_is_taken_back_leaves_those_around_it() {
    let mut state = State::read(Base::valid(session("found")), Vec::new(), false);
    let first = write(&mut state, &Origin::HANDLER, "first", false).unwrap();
    let second = write(&mut state, &Origin::HANDLER, "second", false).unwrap();
    state.take_back(first, hook_of("first"));
    let inside = Origin::HANDLER.inside(hook_of("second"));
    assert_eq!(seen(&state, &inside).as_deref(), Some("second"));
    state.take_back(second, hook_of("second"));
    assert_eq!(seen(&state, &inside).as_deref(), Some("found"));
    let third = write(&mut state, &Origin::HANDLER, "third", false).unwrap();
    let inside = Origin::HANDLER.inside(hook_of("third"));
    write(&mut state, &inside, "of the hook", true).unwrap();
    state.take_back(third, hook_of("third"));
    assert_eq!(seen(&state, &Origin::HANDLER).as_deref(), Some("found"), "its hook's writes go with it");
    assert!(write(&mut state, &inside, "later", true).is_err());
}

#[test]
fn nobody_outside_sees_or_builds_on_a_write_that_can_be_taken_back() {
    let mut state = State::read(Base::valid(session("found")), Vec::new(), false);
    let number = write(&mut state, &Origin::HANDLER, "open", false).unwrap();
    let inside = Origin::HANDLER.inside(hook_of("open"));
    let kind = |state: &State<Visit>, origin: &Origin| {
        state.require_last(&viewer(origin)).map_err(|error| error.kind())
    };
    assert_eq!((seen(&state, &inside).as_deref(), kind(&state, &inside)), (Some("open"), Ok(())));
    write(&mut state, &inside, "of the hook", true).unwrap();
    assert_eq!(seen(&state, &inside).as_deref(), Some("of the hook"));
    assert_eq!(seen(&state, &Origin::HANDLER).as_deref(), Some("found"));
    assert_eq!(kind(&state, &Origin::HANDLER), Err(ErrorKind::Conflict));
    state.confirm(number).unwrap();
    assert_eq!(seen(&state, &Origin::HANDLER).as_deref(), Some("of the hook"));
    assert_eq!(kind(&state, &Origin::HANDLER), Ok(()));
}

#[test]
fn what_another_sessions_reading_wrote_is_seen_by_its_own_until_it_has_ended() {
    let waits = WaitGraph::default();
    let inside = Origin::HANDLER.inside(OTHER).inside(HOOK);
    let mut state = State::read(Base::valid(session("found")), Vec::new(), false);
    waits.begin(SlotId(1), OTHER);
    write(&mut state, &inside, "of its hook", true).unwrap();
    let sees = |origin: &Origin| {
        let viewer = Viewer { origin, within: origin, waits: &waits };
        let current = state.current(&viewer).map(|current| current.id.to_string());
        (current.unwrap_or_default(), state.require_last(&viewer).is_ok())
    };
    assert_eq!(sees(&inside), ("of its hook".to_owned(), true));
    assert_eq!(sees(&Origin::HANDLER), ("found".to_owned(), false));
    waits.end(OTHER);
    assert_eq!(sees(&Origin::HANDLER), ("of its hook".to_owned(), true));
}

#[test]
fn the_log_forgets_what_can_never_be_seen_again() {
    let mut state = State::read(Base::valid(session("found")), Vec::new(), false);
    let waiting = write(&mut state, &Origin::HANDLER, "waiting", false).unwrap();
    for _ in 0..1000 {
        write(&mut state, &Origin::HANDLER, "again", true).unwrap();
    }
    assert_eq!(state.log.len(), 2);
    assert_eq!(seen(&state, &Origin::HANDLER).as_deref(), Some("again"));
    state.confirm(waiting).unwrap();
    assert_eq!(seen(&state, &Origin::HANDLER).as_deref(), Some("again"));
    assert_eq!(state.close(&[]), line("again"));
}

#[test]
fn a_reading_that_could_not_see_all_is_done_again_unless_it_found_a_session() {
    let mut state = in_hook();
    state.end_blind_reading(READING, true, Base::without(Status::Expired, None), vec![OTHER]);
    assert!(state.is_blind() && state.ask(&Origin::HANDLER) == Ask::Read);
    assert_eq!(state.missed(), [OTHER]);
    let mut state = in_hook();
    state.end_blind_reading(READING, true, Base::valid(session("found")), vec![OTHER]);
    assert_eq!(seen(&state, &Origin::HANDLER).as_deref(), Some("found"));
}

#[test]
fn a_token_that_is_kept_is_so_until_a_login_or_a_logout() {
    let newer = Error::new(ErrorKind::NewerVersion, "");
    let unreadable = || Base::unreadable(newer.clone(), Some(LoginId::from_bytes([1; 16])));
    let handler = Origin::HANDLER;
    let kept = |state: &State<Visit>, origin: &Origin| {
        let kept = (state.kept(&viewer(origin)), state.kept_login(&viewer(origin)));
        (kept.0.map(|reason| reason.kind()), kept.1.is_some())
    };
    let mut state = State::<Visit>::unread(false);
    assert!(state.is_undecided());
    state.begin_reading(READING);
    assert!(state.is_undecided());
    state.begin_hook(HOOK, unreadable());
    assert!(!state.is_undecided());
    let ticket = state.begin(&hook()).unwrap();
    state.put(ticket, session("passing"), None, None).unwrap();
    state.end_hook();
    state.end_reading(unreadable());
    assert_eq!(seen(&state, &handler).as_deref(), Some("passing"));
    assert_eq!(kept(&state, &handler), (Some(ErrorKind::NewerVersion), true));

    // A login counts for its own hook, and for others once that has agreed.
    let unconfirmed = write(&mut state, &handler, "login", false).unwrap();
    let within = handler.inside(hook_of("login"));
    assert_eq!(kept(&state, &handler), (Some(ErrorKind::NewerVersion), true));
    assert_eq!(kept(&state, &within), (None, false));
    state.take_back(unconfirmed, hook_of("login"));
    assert_eq!(kept(&state, &handler), (Some(ErrorKind::NewerVersion), true), "the login failed");
    assert_eq!(seen(&state, &handler).as_deref(), Some("passing"));
    state.clear(&handler, None).unwrap();
    assert_eq!(kept(&state, &handler), (Some(ErrorKind::NewerVersion), true), "a hook has no use for it");
    state.clear(&handler, Some(line("removed"))).unwrap();
    assert_eq!(kept(&state, &handler), (None, false));
    assert_eq!(state.close(&[]), line("removed"));

    // Of a login of a newer version, beside no token at all.
    let mut state = State::<Visit>::unread(false);
    let ticket = state.begin(&handler).unwrap();
    state.put(ticket, session("passing"), None, None).unwrap();
    assert_eq!(kept(&state, &handler), (Some(ErrorKind::NewerVersion), false));
    assert!(state.close(&[]).is_empty());
}
